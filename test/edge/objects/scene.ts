/**
 * A universe with one account, for tests of single guards: whoever is to be kept out is let in as far
 * as the guard. Everything runs in Node, so that one guard after the other can be removed quickly.
 */

import type { Credential } from '../../../edge/access/keys.ts'
import type { AccountRpc } from '../../../edge/rpc/account/account.ts'
import type { NewClient, NewKey } from '../../../edge/rpc/account/keys.ts'
import type { EditRpc } from '../../../edge/rpc/edit/edit.ts'
import type { ProviderRpc } from '../../../edge/rpc/provider.ts'
import { settingsOf } from '../../../edge/settings/settings.ts'
import {
  type AcceptServices,
  acceptEdit,
  type EditOrder,
} from '../../../edge/use-cases/edits/accept-edit.ts'
import type { Tenant } from '../../../edge/use-cases/tenant.ts'
import { EditSettings } from '../../../shared/edit/settings.ts'
import type { RunEvent } from '../../../shared/run.ts'
import { greyPng } from '../../fixtures/png.ts'
import { ACCOUNT, PRICE, servicesOf } from './creation.ts'
import { installCrypto } from './platform/crypto.ts'
import { Universe, type WorkerRun } from './universe.ts'

installCrypto()

const PHOTO = await greyPng(128, 96, (x) => x)
const FIELDS = {
  drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
  model: 'embedded-fast',
  steps: 2,
  metadata: { shelf: 'seven' },
}

export class Scene {
  readonly universe = new Universe(null)
  readonly account: AccountRpc = this.universe.object('account', ACCOUNT)
  #serial = 0

  /** An account with some money and the key `k`. */
  static async open(balance = 10 * PRICE, trial = 0): Promise<Scene> {
    const scene = new Scene()
    await scene.account.open({ id: ACCOUNT, name: 'guards', region: 'auto' }, trial)
    if (balance > 0) await scene.account.ledger().topup(balance, 'first')
    await scene.addKey('k')
    return scene
  }

  close(): void {
    this.universe.close()
  }

  async addKey(id: string, change: Partial<NewKey> = {}): Promise<void> {
    const key: NewKey = {
      id,
      hash: `hash of ${id}`,
      parent: null,
      mode: 'live',
      name: '',
      scopes: ['edits:write', 'edits:read', 'keys:write'],
      ratePerMinute: null,
      spendPerMonth: null,
      expiresAt: null,
      ...change,
    }
    const outcome = await this.account.keys().create(null, '', key)
    if (!('value' in outcome)) throw new Error(outcome.rejection.code)
  }

  async addClient(id: string, key: string, change: Partial<NewClient> = {}): Promise<void> {
    await this.account.clientTokens().create(null, '', {
      id,
      hash: `hash of ${id}`,
      mode: 'live',
      key,
      name: '',
      expiresAt: this.universe.now + 86_400_000,
      edits: 3,
      maxSpend: null,
      maxSteps: null,
      models: null,
      origins: null,
      ...change,
    })
  }

  credential(kind: 'key' | 'client', id: string, change: Partial<Credential> = {}): Credential {
    const of = { kind, mode: 'live', region: 'auto', account: ACCOUNT } as const
    return { ...of, id, hash: `hash of ${id}`, ...change }
  }

  /** A caller as the HTTP layer would know it; what it was allowed when it was last looked at. */
  tenant(
    id: string = 'k',
    client: string | null = null,
    change: Partial<Tenant['caller']> = {},
  ): Tenant {
    return {
      caller: {
        key: id,
        client,
        scopes: ['edits:write', 'edits:read', 'keys:write'],
        models: null,
        maxSteps: null,
        origins: null,
        credential: this.credential(client === null ? 'key' : 'client', client ?? id),
        ...change,
      },
      account: this.universe.object<Tenant['account']>('account', ACCOUNT),
      edit: (edit) => this.universe.object('edit', `${ACCOUNT}/${edit}`),
      peppers: settingsOf(this.universe.env).KEY_PEPPERS,
    }
  }

  /** Creates an edit. @returns `accepted`, `replayed` or the code of the error, and the edit's id */
  async create(
    tenant: Tenant = this.tenant(),
    order: Partial<EditOrder> = {},
    services: Partial<AcceptServices> = {},
  ): Promise<{ readonly outcome: string; readonly id: string }> {
    const key = `request ${++this.#serial}`
    const wanted: EditOrder = {
      fields: FIELDS,
      settings: EditSettings.parse(FIELDS),
      image: PHOTO,
      mask: null,
      affects: null,
      request: { key, scope: 's', holder: key },
      cancelAfter: null,
      release: () => {},
      ...order,
    }
    const given: AcceptServices = { ...servicesOf(this.universe), ...services }
    try {
      const { outcome, id } = await acceptEdit(tenant, wanted, given)
      // The edit's object is created behind the answer.
      await this.universe.settle()
      return { outcome, id }
    } catch (error) {
      const code = (error as { code?: string }).code
      if (code === undefined) throw error
      return { outcome: code, id: '' }
    }
  }

  /** An edit that a worker runs. */
  async running(tenant?: Tenant): Promise<{ readonly id: string; readonly run: WorkerRun }> {
    const { id } = await this.create(tenant)
    await this.universe.settle()
    await this.universe.advance(1000)
    const run = this.runOf(id)
    await this.report(id, { type: 'started' })
    return { id, run }
  }

  /** The last run of an edit. */
  runOf(id: string): WorkerRun {
    const [, run] = [...this.universe.runs].findLast(([name]) => name.includes(id)) ?? []
    if (run === undefined) throw new Error(`no worker runs ${id}`)
    return run
  }

  /** The worker reports. @param event without its number: the next one is used */
  async report(id: string, event: object): Promise<string> {
    const name = [...this.universe.runs.keys()].findLast((one) => one.includes(id)) ?? ''
    const run = this.runOf(id)
    const numbered = { seq: run.seq++, ...event } as RunEvent
    return this.edit(id).report(Number(name.split('.')[3]), run.request.events.token, numbered)
  }

  /** The worker stores its result and says so. @param change of what it says */
  async succeed(id: string, change: object = {}): Promise<string> {
    const name = [...this.universe.runs.keys()].findLast((one) => one.includes(id)) ?? ''
    this.universe.storeResult(name)
    const result = { width: 128, height: 96, bytes: this.universe.resultBytes, ...change }
    return this.report(id, { type: 'succeeded', result, timings: {} })
  }

  edit(id: string): EditRpc {
    return this.universe.object('edit', `${ACCOUNT}/${id}`)
  }

  provider(name: 'one' | 'two'): ProviderRpc {
    return this.universe.object('provider', name)
  }

  async statusOf(id: string): Promise<string> {
    return (await this.edit(id).read())?.edit.status ?? 'gone'
  }

  /** Rows of the account. */
  rows(query: string): Record<string, unknown>[] {
    return this.universe.host('account', ACCOUNT)?.storage.query(query) ?? []
  }

  async money(): Promise<{ balance: number; held: number }> {
    const { balance = 0, held = 0 } = (await this.account.describe()) ?? {}
    return { balance, held }
  }

  /** Keys in the bucket: photos are below `in/`, results below `out/`. */
  stored(): string[] {
    return [...this.universe.bucket.keys()].map((key) => key.slice(`acct/${ACCOUNT}/`.length))
  }
}

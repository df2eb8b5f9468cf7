/**
 * How callers create edits in a history: by the same use case as over HTTP, with a photo that is
 * stored first. And what must never come of it: an edit without its photo, more than a key or token
 * allows, anything for a key that is revoked.
 */

import type { Credential } from '../../../edge/access/keys.ts'
import { newBudgets } from '../../../edge/memory/budgets.ts'
import type { AccountRpc } from '../../../edge/rpc/account/account.ts'
import type { Authority, NewClient } from '../../../edge/rpc/account/keys.ts'
import { settingsOf } from '../../../edge/settings/settings.ts'
import { acceptBatch } from '../../../edge/use-cases/edits/accept-batch.ts'
import { type AcceptServices, acceptEdit } from '../../../edge/use-cases/edits/accept-edit.ts'
import { Newcomers } from '../../../edge/use-cases/edits/admission/newcomers.ts'
import { Standings } from '../../../edge/use-cases/edits/admission/standings.ts'
import { deleteEdit } from '../../../edge/use-cases/edits/change-edit.ts'
import type { Tenant } from '../../../edge/use-cases/tenant.ts'
import { EditSettings } from '../../../shared/edit/settings.ts'
import { EditError } from '../../../shared/errors.ts'
import { greyPng } from '../../fixtures/png.ts'
import { liveKey } from './account/live-key.ts'
import { claim } from './claim.ts'
import type { Universe } from './universe.ts'

export const ACCOUNT = 'aaaaaaaaaaaa'
/** An edit costs this much. */
export const PRICE = 100
/** Edits a client token starts with. */
export const CLIENT_EDITS = 2
/** What the key may spend that another key created, and how many edits it may create a minute. */
export const CHILD = { edits: 2, ratePerMinute: 3 }

/** Edits of a batch: one with two candidates, and another; or just the one. */
export const batchSize = (number: number) => (number % 2 === 0 ? 3 : 2)
/** Begins the seeds of a batch's edits: deleted edits have nothing else that tells where they belong. */
const batchMark = (number: number, serial: number) => 10 * serial + number

/** A key, a key that it created, and a client token of that. */
export type CallerName = 'key' | 'child' | 'client'
/** Who is above whom: what ends with whose revocation. */
const ABOVE = { key: null, child: 'key', client: 'child' } as const
const IDS = { key: 'k', child: 'd', client: 'c' } as const

const PHOTO = await greyPng(128, 96, (x) => x)
const SETTINGS = EditSettings.parse({
  drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
  model: 'embedded-fast',
  steps: 2,
  seed: 1,
})

function credentialOf(name: CallerName): Credential {
  const kind = name === 'client' ? 'client' : 'key'
  const id = IDS[name]
  return { kind, mode: 'live', region: 'auto', account: ACCOUNT, id, hash: `hash of ${id}` }
}

function authorityOf(name: CallerName): Authority {
  const client = name === 'client' ? IDS.client : null
  const key = name === 'key' ? IDS.key : IDS.child
  return { key, client, scopes: ['edits:write'], models: null, maxSteps: null, origins: null }
}

/** Creates the keys and the client token. @param now epoch ms */
export async function openKeys(account: AccountRpc, now: number): Promise<void> {
  const key = liveKey(IDS.key, credentialOf('key').hash)
  await account.keys().create(null, '', key)
  const { edits, ratePerMinute } = CHILD
  const child = { parent: IDS.key, id: IDS.child, hash: credentialOf('child').hash }
  await account
    .keys()
    .create(null, '', { ...key, ...child, ratePerMinute, spendPerMonth: edits * PRICE })
  const client: NewClient = {
    id: IDS.client,
    hash: credentialOf('client').hash,
    mode: 'live',
    key: IDS.child,
    name: '',
    edits: CLIENT_EDITS,
    expiresAt: now + 86_400_000,
    maxSpend: null,
    maxSteps: null,
    models: null,
    origins: null,
  }
  await account.clientTokens().create(null, '', client)
}

/** What accepting an edit needs: one model at a fixed price, and no limits but the account's. */
export function servicesOf(universe: Universe): AcceptServices {
  return {
    bucket: universe.env.BUCKET,
    fetchImage: () => Promise.reject(new Error('nothing here fetches a photo')),
    pricing: {
      list: { 'embedded-fast': { base: PRICE, perStepMegapixel: 0 } },
      version: 'v',
      testPasses: 1,
    },
    served: ['embedded-fast'],
    refined: [],
    budgets: newBudgets(1),
    retentionDays: 7,
    attemptSeconds: 90,
    // Queues have no limit here: what admission rejects never reaches an object.
    admitting: {
      queues: async () => [],
      newcomers: new Newcomers(),
      dispatchSeconds: 60,
      maxQueue: { live: 1000, test: 1000 },
    },
    standings: new Standings(),
    moderate: null,
    clock: () => universe.now,
  }
}

export class Creation {
  readonly #universe: Universe
  readonly #account: AccountRpc
  readonly #services: AcceptServices
  /** Whose revocation was confirmed. */
  readonly #revoked = new Set<CallerName>()
  /** Edits that the child created within a minute, by minute. */
  readonly #perMinute = new Map<number, number>()
  #serial = 0
  /** Edits of creates of which nobody knows how they ended: each may have left a photo without an edit. */
  unsure = 0

  constructor(universe: Universe) {
    this.#universe = universe
    this.#account = universe.object('account', ACCOUNT)
    this.#services = servicesOf(universe)
  }

  /**
   * Creates an edit. Every second Idempotency-Key is used with moderation, which takes a lease.
   *
   * @param number the Idempotency-Key, and all that differs between requests
   * @returns the edit's id; null where the request was rejected
   */
  async create(number: number, by: CallerName): Promise<string | null> {
    const { now } = this.#universe
    const revoked = this.#isRevoked(by)
    const services = number % 2 === 0 ? this.#services : { ...this.#services, moderate: reviewed }
    // Some delete themselves, while other things happen or after all of them.
    const settings = number === 1 ? { ...SETTINGS, retention: 'none' } : SETTINGS
    const order = {
      settings,
      image: PHOTO,
      mask: null,
      affects: null,
      fields: { number },
      request: { key: String(number), scope: 's', holder: `request ${++this.#serial}` },
      cancelAfter: number === 3 ? 40_000 : null,
      release: () => {},
    }
    const created = await this.#made(1, acceptEdit(this.#tenant(by), order, services))
    if (created === null) return null
    if (created.outcome === 'accepted') this.#accepted(by, 1, revoked, now)
    return created.id
  }

  /**
   * Creates edits together, some of them candidates of one.
   *
   * @returns their ids; null where the request was rejected
   */
  async batch(number: number, by: CallerName): Promise<readonly string[] | null> {
    const { now } = this.#universe
    const revoked = this.#isRevoked(by)
    const size = batchSize(number)
    const seed = 10 * batchMark(number, ++this.#serial)
    const one = {
      settings: { ...SETTINGS, seed },
      image: PHOTO,
      mask: null,
      affects: null,
      release: () => {},
    }
    const candidates = { ...one, n: 2, pointer: '/edits/0' }
    const edits =
      size === 2
        ? [candidates]
        : [
            candidates,
            { ...one, settings: { ...SETTINGS, seed: seed + 2 }, n: 1, pointer: '/edits/1' },
          ]
    const order = {
      edits,
      fields: { number },
      request: { key: String(number), scope: 'b', holder: `request ${this.#serial}` },
      cancelAfter: null,
    }
    const made = await this.#made(size, acceptBatch(this.#tenant(by), order, this.#services))
    if (made === null) return null
    if (made.outcome === 'replayed') return made.ids
    this.#accepted(by, size, revoked, now)
    return made.edits.map(({ id }) => id)
  }

  /** What was made; null if it was rejected. Where the call is lost, nobody knows. */
  async #made<T>(edits: number, made: Promise<T>): Promise<T | null> {
    this.unsure += edits
    const known = await made.catch((error: unknown) => {
      if (error instanceof EditError) return null
      throw error
    })
    this.unsure -= edits
    return known
  }

  #accepted(by: CallerName, edits: number, revoked: boolean, began: number): void {
    claim(!revoked, `a revoked ${by} creates nothing`)
    if (by !== 'key') this.#count(began, edits)
  }

  /** Revokes a key or the client token. What was confirmed, holds. */
  async revoke(name: CallerName): Promise<void> {
    const target = name === 'client' ? this.#account.clientTokens() : this.#account.keys()
    await target.revoke(IDS[name], ['live'])
    this.#revoked.add(name)
  }

  /** Deletes an edit, as the key may. */
  async remove(id: string): Promise<void> {
    await deleteEdit(this.#tenant('key'), id).catch((error: unknown) => {
      if (!(error instanceof EditError)) throw error
    })
  }

  #isRevoked(by: CallerName): boolean {
    for (let name: CallerName | null = by; name !== null; name = ABOVE[name])
      if (this.#revoked.has(name)) return true
    return false
  }

  /** Edits of the child or of its client token, in the minute in which their create began and ended. */
  #count(began: number, edits: number): void {
    const minute = Math.floor(began / 60_000)
    if (minute !== Math.floor(this.#universe.now / 60_000)) return
    const count = (this.#perMinute.get(minute) ?? 0) + edits
    this.#perMinute.set(minute, count)
    claim(count <= CHILD.ratePerMinute, 'a key creates no more edits a minute than it may')
  }

  #tenant(by: CallerName): Tenant {
    const { env } = this.#universe
    return {
      caller: { ...authorityOf(by), credential: credentialOf(by) },
      account: this.#universe.object<Tenant['account']>('account', ACCOUNT),
      edit: (id) => this.#universe.object('edit', `${ACCOUNT}/${id}`),
      peppers: settingsOf(env).KEY_PEPPERS,
    }
  }
}

/** Moderation that takes its time and allows everything. */
async function reviewed(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await null
}

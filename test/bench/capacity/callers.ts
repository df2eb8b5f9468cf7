/** Callers of many accounts, who create edits through some isolates as over HTTP. */

import type { Credential, Place } from '../../../edge/access/keys.ts'
import { Queues } from '../../../edge/http/queues.ts'
import { newBudgets } from '../../../edge/memory/budgets.ts'
import { accountObject, editObject } from '../../../edge/objects/names.ts'
import { settingsOf } from '../../../edge/settings/settings.ts'
import { type AcceptServices, acceptEdit } from '../../../edge/use-cases/edits/accept-edit.ts'
import { Newcomers } from '../../../edge/use-cases/edits/admission/newcomers.ts'
import { Standings } from '../../../edge/use-cases/edits/admission/standings.ts'
import { EditSettings } from '../../../shared/edit/settings.ts'
import { EditError } from '../../../shared/errors.ts'
import { liveKey } from '../../edge/objects/account/live-key.ts'
import { greyPng } from '../../fixtures/png.ts'
import type { World } from './world.ts'

const PHOTO = await greyPng(128, 96, (x) => x)
const SETTINGS = EditSettings.parse({
  drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
  model: 'embedded-fast',
  steps: 2,
  seed: 1,
})

export class Callers {
  readonly #world: World
  readonly #isolates: readonly AcceptServices[]
  readonly #opened = new Map<string, Promise<void>>()
  /** Edits that were accepted, and the answers to others. */
  readonly answers = new Map<string, number>()
  #serial = 0

  constructor(world: World, isolates: number) {
    this.#world = world
    this.#isolates = Array.from({ length: isolates }, () => this.#isolate())
  }

  get accepted(): number {
    return this.answers.get('accepted') ?? 0
  }

  /** Creates an edit in an account, which is made if it is new. @param number of the account */
  async create(number: number, region: Place): Promise<void> {
    const { env } = this.#world
    const account = `a${String(number).padStart(11, '0')}`
    await this.#open(account, region)
    const credential: Credential = {
      kind: 'key',
      mode: 'live',
      region,
      account,
      id: 'k',
      hash: 'h',
    }
    const tenant = {
      caller: {
        key: 'k',
        client: null,
        scopes: ['edits:write' as const],
        models: null,
        maxSteps: null,
        origins: null,
        credential,
      },
      account: accountObject(env, region, account),
      edit: (id: string) => editObject(env, region, account, id),
      peppers: settingsOf(env).KEY_PEPPERS,
    }
    const key = `request ${++this.#serial}`
    const order = {
      settings: SETTINGS,
      image: PHOTO,
      mask: null,
      affects: null,
      fields: { key },
      request: { key, scope: 's', holder: key },
      cancelAfter: null,
      release: () => {},
    }
    const services = this.#isolates[this.#serial % this.#isolates.length] as AcceptServices
    const asIn = {
      ...services,
      admitting: { ...services.admitting, queues: this.#queues(services, region) },
    }
    const outcome = await acceptEdit(tenant, order, asIn).then(
      ({ outcome }) => outcome,
      (error: unknown) => {
        if (error instanceof EditError) return error.code
        throw error
      },
    )
    this.answers.set(outcome, (this.answers.get(outcome) ?? 0) + 1)
  }

  readonly #heard = new Map<AcceptServices, Queues>()

  #queues(isolate: AcceptServices, region: Place): AcceptServices['admitting']['queues'] {
    const { env } = this.#world
    const queues = this.#heard.get(isolate)
    return async (model) => {
      const serving = settingsOf(env).PROVIDERS.filter(({ models }) => models.includes(model))
      return Promise.all(serving.map(async (one) => (await queues?.of(env, one, region)) ?? null))
    }
  }

  /** No load: accounts were there before. */
  #open(account: string, region: Place): Promise<void> {
    const known = this.#opened.get(account)
    if (known !== undefined) return known
    const opened = this.#world.uncounted(async () => {
      const object = accountObject(this.#world.env, region, account)
      await object.open({ id: account, name: account, region })
      await object.ledger().topup(1_000_000_000, 'first')
      await object.keys().create(null, '', liveKey('k', 'h'))
    })
    this.#opened.set(account, opened)
    return opened
  }

  #isolate(): AcceptServices {
    const { env, clock } = this.#world
    const settings = settingsOf(env)
    const services: AcceptServices = {
      bucket: env.BUCKET,
      fetchImage: () => Promise.reject(new Error('nobody here fetches a photo')),
      budgets: newBudgets(1),
      pricing: {
        list: { 'embedded-fast': { base: 100, perStepMegapixel: 0 } },
        version: 'v',
        testPasses: 1,
      },
      served: ['embedded-fast'],
      refined: [],
      retentionDays: settings.RETENTION_DAYS,
      attemptSeconds: settings.DISPATCH_SECONDS + settings.RUN_SECONDS,
      admitting: {
        queues: async () => [],
        newcomers: new Newcomers(),
        dispatchSeconds: settings.DISPATCH_SECONDS,
        maxQueue: { live: settings.MAX_QUEUE, test: settings.MAX_TEST_QUEUE },
      },
      standings: new Standings(),
      moderate: null,
      clock: () => clock.now,
    }
    this.#heard.set(services, new Queues(() => clock.now))
    return services
  }
}

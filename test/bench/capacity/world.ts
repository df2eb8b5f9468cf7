/**
 * Accounts, edits and providers with their real code in virtual time, as many as needed: each request
 * between them takes a while, workers take their time over a run, and everything is counted.
 */

import type { Bindings } from '../../../edge/bindings.ts'
import { AccountObject } from '../../../edge/objects/account/account.ts'
import { EditObject } from '../../../edge/objects/edit/edit.ts'
import { editObject, parseRunId } from '../../../edge/objects/names.ts'
import { ProviderObject } from '../../../edge/objects/provider/provider.ts'
import type { RunRequest } from '../../../shared/run.ts'
import { Host } from '../../edge/objects/platform/durable-objects.ts'
import { PNG } from '../../edge/objects/universe.ts'
import { Clock } from './clock.ts'
import { type Kind, Load } from './load.ts'

const SECRET = 'capacity-secret-capacity-secret'
/** Of the account's object, those that return targets. */
const TARGETS = new Set(['keys', 'clientTokens', 'ledger', 'edits', 'uploads', 'webhooks'])

/** What is assumed of the platform and of the workers. Milliseconds. */
export type Assumed = {
  /** One way between a Worker or object and another object. */
  readonly hop: number
  /** What the first request of an object that is new takes longer. */
  readonly birth: number
  /** A run, from its submission to its result. */
  readonly run: number
}

export type WorldOptions = {
  readonly providers: readonly { readonly name: string; readonly url: string }[]
  readonly assumed: Assumed
}

/** An object, and for when its alarm is in the clock. */
type Resident = {
  readonly host: Host
  readonly kind: Kind
  readonly name: string
  due: number | null
}

export class World {
  readonly clock = new Clock()
  readonly load = new Load()
  readonly env: Bindings
  /** Hosts of workers that do not answer. */
  readonly dead = new Set<string>()
  /** Milliseconds from acceptance to submission, by edit that was submitted. */
  readonly waits: number[] = []
  succeeded = 0
  readonly #options: WorldOptions
  readonly #objects = new Map<string, Resident>()
  readonly #bucket = new Map<string, Uint8Array>()
  /** Things that are being prepared. */
  #preparing = 0
  readonly #world = {
    factoryOf: (kind: string) => (ctx: unknown) => this.#make(kind as Kind, ctx),
    background: new Set<Promise<unknown>>(),
    mayCrash: () => false,
    wrote: (kind: string) => this.load.write(kind as Kind),
  }

  constructor(options: WorldOptions) {
    this.#options = options
    this.env = {
      ENVIRONMENT: 'dev',
      PUBLIC_ORIGIN: 'https://api.example',
      CALLBACK_ORIGIN: 'https://api.example',
      PROVIDERS: JSON.stringify(options.providers),
      OPERATOR_TOKEN: SECRET,
      KEY_PEPPERS: `1:${SECRET}`,
      BLOB_SECRET: SECRET,
      SEALING_SECRET: SECRET,
      RUN_SIGNING_KEY: 'A'.repeat(64),
      DISPATCH_SECONDS: '60',
      RUN_SECONDS: '600',
      POLL_SECONDS: '10',
      RATE_PER_MINUTE: '1000000',
      MAX_OPEN_EDITS: '100000',
      MAX_QUEUE: '100000',
      ACCOUNTS: this.#namespace('account'),
      EDITS: this.#namespace('edit'),
      PROVIDERS_STATE: this.#namespace('provider'),
      BUCKET: this.#bucketBinding(),
    } as unknown as Bindings
    this.clock.install()
    globalThis.fetch = ((url: string, init: RequestInit) =>
      this.#worker(String(url), init)) as typeof fetch
  }

  /** A stub as a Worker would have it. */
  object<T>(kind: Kind, name: string): T {
    return this.#stub(kind, name, []) as T
  }

  /** Bytes that an object stores, without what it has freed. */
  bytesOf(kind: Kind, name: string): number {
    const storage = this.#objects.get(`${kind}:${name}`)?.host.storage
    const pragma = (what: string) =>
      Number(Object.values(storage?.query(`PRAGMA ${what}`)[0] ?? {})[0])
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  /** The same by table, indexes with their tables; the largest first. */
  bytesByTable(kind: Kind, name: string): { readonly table: string; readonly bytes: number }[] {
    const storage = this.#objects.get(`${kind}:${name}`)?.host.storage
    const found = storage?.query(
      `SELECT tbl_name AS "table", SUM(pgsize) AS bytes FROM dbstat JOIN sqlite_master USING (name)
        GROUP BY 1 ORDER BY 2 DESC`,
    )
    return (found ?? []).map(({ table, bytes }) => ({ table: String(table), bytes: Number(bytes) }))
  }

  /** Does something in no time that is no load. */
  async uncounted(work: () => Promise<void>): Promise<void> {
    this.#preparing++
    this.load.counting = false
    try {
      await work()
    } finally {
      if (--this.#preparing === 0) this.load.counting = true
    }
  }

  #make(kind: Kind, ctx: unknown): object {
    const state = ctx as DurableObjectState
    if (kind === 'account') return new AccountObject(state, this.env)
    return kind === 'edit' ? new EditObject(state, this.env) : new ProviderObject(state, this.env)
  }

  #namespace(kind: Kind) {
    // A jurisdiction has objects of its own; elsewhere a region is only a hint.
    const namespace = (place: string) => ({
      getByName: (name: string) => this.#stub(kind, `${place}${name}`, []),
      jurisdiction: (where: string) => namespace(`${where}:`),
    })
    return namespace('')
  }

  #stub(kind: Kind, name: string, path: readonly string[]): unknown {
    return new Proxy(
      {},
      {
        get: (_, method: string | symbol) => {
          if (method === 'then') return undefined
          if (typeof method === 'symbol') return () => {}
          if (kind === 'account' && path.length === 0 && TARGETS.has(method))
            return () => this.#stub(kind, name, [method])
          return (...args: unknown[]) => this.#call(kind, name, [...path, method], args)
        },
      },
    )
  }

  async #call(kind: Kind, name: string, path: readonly string[], args: readonly unknown[]) {
    const { hop, birth } = this.#options.assumed
    if (this.#preparing > 0) return (await this.#resident(kind, name)).host.call(path, args)
    const known = this.#objects.get(`${kind}:${name}`)
    await this.clock.sleep(hop + (known === undefined ? birth : 0))
    const resident = known ?? this.#resident(kind, name)
    this.load.call(kind, name, this.clock.now)
    const result = await resident.host.call(path, args)
    this.#schedule(resident)
    await this.clock.sleep(hop)
    if (path.join('.') === 'edits.settle') this.#ended(String(args[0]), name)
    return result
  }

  #resident(kind: Kind, name: string): Resident {
    const key = `${kind}:${name}`
    const known = this.#objects.get(key)
    if (known !== undefined) return known
    const resident = { host: new Host(key, false, this.#world), kind, name, due: null }
    this.#objects.set(key, resident)
    return resident
  }

  /** Puts an object's alarm into the clock, if it is not there. */
  #schedule(resident: Resident): void {
    const { host, kind, name } = resident
    const { alarm } = host.storage
    if (alarm === null || (resident.due !== null && resident.due <= alarm)) return
    resident.due = alarm
    this.clock.at(alarm, () => {
      if (resident.due === alarm) resident.due = null
      const set = host.storage.alarm
      if (!this.#objects.has(`${kind}:${name}`) || set === null) return
      if (set > this.clock.now) return this.#schedule(resident)
      this.load.call(kind, name, this.clock.now)
      void host.fire().then(() => this.#schedule(resident))
    })
  }

  /** An edit that was settled is out of the way; its account has its row. */
  #ended(id: string, account: string): void {
    this.clock.at(this.clock.now + 5000, () => {
      const key = `edit:${account}/${id}`
      this.#objects.get(key)?.host.storage.close()
      this.#objects.delete(key)
    })
  }

  /** A worker's host: takes a run at once, and reports its start and its end. */
  async #worker(url: string, init: RequestInit): Promise<Response> {
    const { hop, run } = this.#options.assumed
    const { origin, pathname } = new URL(url)
    await this.clock.sleep(hop)
    if (this.dead.has(origin)) throw new TypeError('connection refused')
    const runId = pathname.split('/')[3] ?? ''
    if (init.method !== 'PUT') return answer(init.method === 'GET' ? 404 : 200)
    const request = JSON.parse(String(init.body)) as RunRequest
    this.#waited(runId)
    this.clock.at(this.clock.now + hop, () => void this.#report(runId, request, 0, origin))
    this.clock.at(this.clock.now + run, () => void this.#report(runId, request, 1, origin))
    await this.clock.sleep(hop)
    return answer(202)
  }

  /** An edit was submitted: how long it waited. */
  #waited(runId: string): void {
    const name = parseRunId(runId)
    const place = name?.region === 'eu' ? 'eu:' : ''
    const edit = this.#objects.get(`edit:${place}${name?.account}/${name?.edit}`)
    const query = "SELECT json_extract(accepted, '$.createdAt') AS at FROM edit"
    const [row] = edit?.host.storage.query(query) ?? []
    if (row !== undefined) this.waits.push(this.clock.now - Number(row.at))
  }

  async #report(runId: string, request: RunRequest, seq: 0 | 1, origin: string): Promise<void> {
    const name = parseRunId(runId)
    if (name === null || this.dead.has(origin)) return
    const edit = editObject(this.env, name.region, name.account, name.edit)
    const { token } = request.events
    if (seq === 0) {
      await edit.report(name.attempt, token, { type: 'started', seq })
      return
    }
    this.#bucket.set(new URL(request.result.url).pathname.slice('/blobs/'.length), PNG)
    const result = { width: 128, height: 96, bytes: PNG.length }
    const taken = await edit.report(name.attempt, token, {
      type: 'succeeded',
      seq,
      result,
      timings: {},
    })
    if (taken === 'taken') this.succeeded++
  }

  #bucketBinding() {
    const stored = (key: string) => {
      const bytes = this.#bucket.get(key)
      if (bytes === undefined) return null
      const arrayBuffer = async () => bytes.slice().buffer
      return { key, size: bytes.length, httpMetadata: { contentType: 'image/png' }, arrayBuffer }
    }
    return {
      get: async (key: string) => stored(key),
      put: async (key: string, bytes: Uint8Array) => {
        this.#bucket.set(key, bytes)
      },
      delete: async (keys: string | readonly string[]) => {
        for (const key of [keys].flat()) this.#bucket.delete(key)
      },
      list: async () => ({ objects: [] }),
    }
  }
}

/** What of a response the objects read. */
function answer(status: number): Response {
  const json = async () => ({})
  const headers = new Headers()
  return { status, ok: status < 300, json, headers, body: null } as unknown as Response
}

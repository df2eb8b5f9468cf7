/**
 * A world for the objects of the edge: accounts, edits and providers with their real code, a
 * bucket, a clock, one GPU worker and one webhook receiver. Whatever crosses between them can get
 * lost, and whoever passes a fault point can die there.
 */

import type { Bindings } from '../../../edge/bindings.ts'
import { AccountObject } from '../../../edge/objects/account/account.ts'
import { DirectoryObject } from '../../../edge/objects/directory.ts'
import { EditObject } from '../../../edge/objects/edit/edit.ts'
import { setFaultHook } from '../../../edge/objects/fault-points.ts'
import { ProviderObject } from '../../../edge/objects/provider/provider.ts'
import type { AccountRpc } from '../../../edge/rpc/account/account.ts'
import { readSettings, settingsOf } from '../../../edge/settings/settings.ts'
import type { RunEvent, RunRequest } from '../../../shared/run.ts'
import { type CallFault, Crash, Host } from './platform/durable-objects.ts'

const SECRET = 'property-secret-property-secret'
export const PROVIDERS = [
  { kind: 'http', name: 'one', url: 'https://worker.example', models: ['embedded-fast'], slots: 2 },
  { kind: 'http', name: 'two', url: 'https://spare.example', models: ['embedded-fast'], slots: 1 },
]

/** Classes of objects. */
export type Kind = 'account' | 'edit' | 'provider' | 'directory'

/** A run as the worker knows it. */
export type WorkerRun = { readonly request: RunRequest; seq: number; last: RunEvent | null }

/** What goes wrong: the n-th chance of an operation, and how. */
export type Fault = { readonly at: number; readonly kind: Strike } | null
/** A call is lost, an object dies, or the bucket fails before or after it did what it was asked. */
type Strike = Exclude<CallFault, null> | 'bucket-refuses' | 'bucket-forgets'

/** How the bucket answers. */
export type BucketMood = 'works' | 'fails' | 'forgets'

/** How the worker answers hand-overs. */
export type WorkerMood = 'takes' | 'busy' | 'unreachable' | 'takes-unheard' | 'broken'

/** A header that says 128 x 96; nobody reads further. */
export const PNG = Uint8Array.from([
  0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 128, 0, 0,
  0, 96, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])

/** A timeout that never ends: time passes only in `advance`. */
const NEVER = new AbortController().signal
const NO_HEADERS = new Headers()

/** What of a response the objects read; the platform's own takes longer to make than to read. */
function answer(status: number, body?: object): Response {
  const json = async () => {
    if (body === undefined) throw new SyntaxError('no body')
    return JSON.parse(JSON.stringify(body))
  }
  const ok = status >= 200 && status < 300
  return { status, ok, json, headers: NO_HEADERS, body: null } as unknown as Response
}

/** Methods of an account that return RPC targets. */
const ACCOUNT_TARGETS = new Set<string>([
  'keys',
  'clientTokens',
  'ledger',
  'payments',
  'edits',
  'uploads',
  'webhooks',
] satisfies (keyof AccountRpc)[])

let providersUsed: unknown = null

/** An isolate reads its settings once; universes follow each other in one, each with its own providers. */
function useProviders(env: Bindings): void {
  if (providersUsed === env.PROVIDERS) return
  providersUsed = env.PROVIDERS
  Object.assign(settingsOf(env), { PROVIDERS: readSettings(env).PROVIDERS })
}

export class Universe {
  now = 1_700_000_000_000
  readonly bucket = new Map<string, { readonly bytes: Uint8Array; readonly type: string }>()
  readonly runs = new Map<string, WorkerRun>()
  mood: WorkerMood = 'takes'
  receiver: 'hears' | 'away' | 'gone' = 'hears'
  storage: BucketMood = 'works'
  readonly heard: { readonly id: string; readonly body: string }[] = []
  readonly #empty: Kind | null
  #fault: Fault = null
  #mayCrash = false
  #chances = 0
  readonly #hosts = new Map<string, Host>()
  readonly #background = new Set<Promise<unknown>>()
  readonly env: Bindings

  /**
   * @param empty objects of this kind make their tables; others find them, as after a first life
   * @param providers as the setting PROVIDERS has them
   */
  constructor(empty: Kind | null, providers: readonly object[] = PROVIDERS) {
    this.#empty = empty
    const settings = {
      ENVIRONMENT: 'dev',
      PUBLIC_ORIGIN: 'https://api.example',
      CALLBACK_ORIGIN: 'https://api.example',
      PROVIDERS: JSON.stringify(providers),
      OPERATOR_TOKEN: SECRET,
      KEY_PEPPERS: `1:${SECRET}`,
      BLOB_SECRET: SECRET,
      SEALING_SECRET: SECRET,
      RUN_SIGNING_KEY: 'A'.repeat(64),
      RETENTION_DAYS: '7',
      DISPATCH_SECONDS: '30',
      RUN_SECONDS: '60',
      POLL_SECONDS: '20',
      ALLOWED_PRIVATE_ORIGINS: '',
    }
    this.env = {
      ...settings,
      ACCOUNTS: this.#namespace('account', (ctx) => new AccountObject(ctx, this.env)),
      EDITS: this.#namespace('edit', (ctx) => new EditObject(ctx, this.env)),
      PROVIDERS_STATE: this.#namespace('provider', (ctx) => new ProviderObject(ctx, this.env)),
      DIRECTORY: this.#namespace('directory', (ctx) => new DirectoryObject(ctx, this.env)),
      BUCKET: this.#bucketBinding(),
    } as unknown as Bindings
    useProviders(this.env)
    Date.now = () => this.now
    // Pauses within an object are over at once: time passes only in `advance`.
    Object.assign(globalThis, { setTimeout: setImmediate, clearTimeout: clearImmediate })
    AbortSignal.timeout = () => NEVER
    globalThis.fetch = ((input: string, init: RequestInit) =>
      this.#answer(String(input), init)) as typeof fetch
    setFaultHook((_, ctx) => this.#chance(ctx))
  }

  /**
   * Runs an operation under a fault. What an operation throws because of it is its own affair.
   *
   * @param crashes the operation itself ends an object
   */
  async under<T>(fault: Fault, crashes: boolean, work: () => Promise<T>): Promise<T | null> {
    this.#fault = fault
    this.#mayCrash = crashes || fault?.kind === 'crash'
    this.#chances = 0
    try {
      return await work()
    } catch (error) {
      if (error instanceof Crash) return null
      throw error
    } finally {
      await this.settle()
      this.#fault = null
      this.#mayCrash = false
    }
  }

  /** A stub as a Worker would have it. */
  object<T>(kind: Kind, name: string): T {
    return this.#stub(kind, name) as T
  }

  host(kind: string, name: string): Host | undefined {
    return this.#hosts.get(`${kind}:${name}`)
  }

  /** Holds back the answer of the next call of a method, such as `edits.settle`. */
  delay(method: string): { readonly asked: Promise<void>; readonly go: () => void } {
    const asked = Promise.withResolvers<void>()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#delayed.set(method, () => {
      this.#delayed.delete(method)
      asked.resolve()
      return promise
    })
    return { asked: asked.promise, go: resolve }
  }

  /** Loses the answer of the next call of a method. @returns whether it has been called */
  lose(method: string): () => boolean {
    let called = false
    this.#delayed.set(method, async () => {
      this.#delayed.delete(method)
      called = true
      throw new Crash(`the answer of ${method} was lost`)
    })
    return () => called
  }

  /** Counts the calls of a method from now on. */
  count(method: string): () => number {
    const before = this.#calls.get(method) ?? 0
    return () => (this.#calls.get(method) ?? 0) - before
  }

  /** Calls of this method get lost on their way; null for none. */
  blocked: string | null = null

  /** Waits until nothing goes on behind the answers. */
  async settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all([...this.#background])
  }

  /** Lets time pass and fires what is due, at its own time. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds
    for (let rounds = 0; rounds < 400; rounds++) {
      const due = this.#nextAlarm()
      if (due === null || (due.storage.alarm as number) > end) break
      this.now = Math.max(this.now, due.storage.alarm as number)
      await due.fire()
      await this.settle()
    }
    this.now = Math.max(this.now, end)
  }

  /** When the next alarm is due, over all objects. */
  get nextAlarmAt(): number | null {
    return this.#nextAlarm()?.storage.alarm ?? null
  }

  crash(kind: string, name: string): void {
    this.host(kind, name)?.crash()
  }

  /** The worker process dies: it forgets every run. */
  restartWorker(): void {
    this.runs.clear()
  }

  /** The worker stores the result of a run. @returns its key, or null once its URL has expired */
  storeResult(runId: string): string | null {
    const request = this.runs.get(runId)?.request
    if (request === undefined || this.now > request.deadline + 60_000) return null
    const key = new URL(request.result.url).pathname.slice('/blobs/'.length)
    this.bucket.set(key, { bytes: PNG, type: 'image/png' })
    return key
  }

  get resultBytes(): number {
    return PNG.length
  }

  close(): void {
    setFaultHook(null)
    for (const host of this.#hosts.values()) host.storage.close()
  }

  #nextAlarm(): Host | null {
    let first: Host | null = null
    const never = Number.POSITIVE_INFINITY
    for (const host of this.#hosts.values())
      if ((host.storage.alarm ?? never) < (first?.storage.alarm ?? never)) first = host
    return first
  }

  /** One more thing that could go wrong; does it? */
  #strikes(kinds: readonly Strike[]): Strike | null {
    const fault = this.#fault
    if (fault === null || this.#chances++ !== fault.at || !kinds.includes(fault.kind)) return null
    return fault.kind
  }

  #chance(ctx: unknown): void {
    if (this.#strikes(['crash']) === null) return
    for (const host of this.#hosts.values())
      if (host.owns(ctx)) {
        host.crash()
        throw new Crash(`${host.name} died`)
      }
  }

  #namespace(kind: string, factory: (ctx: never) => object) {
    this.#factories.set(kind, factory as (ctx: unknown) => object)
    return { getByName: (name: string) => this.#stub(kind, name) }
  }

  readonly #calls = new Map<string, number>()
  readonly #delayed = new Map<string, () => Promise<void>>()
  readonly #factories = new Map<string, (ctx: unknown) => object>()
  readonly #world = {
    factoryOf: (kind: string) => this.#factories.get(kind) as (ctx: unknown) => object,
    background: this.#background,
    mayCrash: () => this.#mayCrash,
  }

  /** Getting a target makes no call: its path is sent along with the method's. */
  #stub(kind: string, name: string, path: readonly string[] = []): unknown {
    return new Proxy(
      {},
      {
        get: (_, method: string | symbol) => {
          // A promise asks whether a stub is one too.
          if (method === 'then') return undefined
          // Stubs are disposed, which is no call.
          if (typeof method === 'symbol') return () => {}
          const longer = [...path, method]
          if (kind === 'account' && path.length === 0 && ACCOUNT_TARGETS.has(method))
            return () => this.#stub(kind, name, longer)
          return (...args: unknown[]) => this.#call(kind, name, longer, args)
        },
      },
    )
  }

  async #call(
    kind: string,
    name: string,
    path: readonly string[],
    args: unknown[],
  ): Promise<unknown> {
    const method = path.join('.')
    this.#calls.set(method, (this.#calls.get(method) ?? 0) + 1)
    const key = `${kind}:${name}`
    let host = this.#hosts.get(key)
    if (host === undefined) {
      host = new Host(key, this.#empty === kind, this.#world)
      this.#hosts.set(key, host)
    }
    const strike = this.#strikes(['lose-request', 'lose-reply'])
    if (strike === 'lose-request' || this.blocked === method)
      throw new Crash(`${method} of ${key} was lost`)
    await null
    const result = await host.call(path, args)
    await this.#delayed.get(method)?.()
    if (strike === 'lose-reply') throw new Crash(`the answer of ${method} of ${key} was lost`)
    return result
  }

  async #answer(url: string, init: RequestInit): Promise<Response> {
    await null
    const { origin, pathname } = new URL(url)
    if (origin === 'https://hooks.example') {
      if (this.receiver === 'away') throw new TypeError('connection refused')
      const headers = init.headers as Record<string, string>
      this.heard.push({ id: headers['webhook-id'] ?? '', body: String(init.body) })
      return answer(this.receiver === 'gone' ? 410 : 204)
    }
    const runId = pathname.split('/')[3] as string
    if (init.method === 'PUT') return this.#take(runId, JSON.parse(String(init.body)))
    if (init.method === 'POST') {
      // A worker that is not told goes on, and stores its result however late.
      if (this.mood === 'unreachable') throw new TypeError('connection refused')
      this.runs.delete(runId)
      return answer(200, {})
    }
    const run = this.runs.get(runId)
    if (run === undefined) return answer(404)
    const status = run.last === null ? 'running' : 'succeeded'
    return answer(200, { runId, status, last: run.last })
  }

  #take(runId: string, request: RunRequest): Response {
    if (this.mood === 'busy') return answer(409)
    if (this.mood === 'broken') return answer(500)
    if (this.mood === 'unreachable') throw new TypeError('connection refused')
    if (!this.runs.has(runId)) this.runs.set(runId, { request, seq: 0, last: null })
    if (this.mood === 'takes-unheard') throw new TypeError('connection reset')
    return answer(202)
  }

  #bucketBinding() {
    const stored = (key: string) => {
      const found = this.bucket.get(key)
      if (found === undefined) return null
      const { bytes, type } = found
      const arrayBuffer = async () => bytes.slice().buffer
      return { key, size: bytes.length, httpMetadata: { contentType: type }, arrayBuffer }
    }
    return {
      get: (key: string) => this.#stores(() => stored(key)),
      put: (key: string, bytes: Uint8Array, options: { httpMetadata: { contentType: string } }) =>
        this.#stores(() => {
          this.bucket.set(key, { bytes, type: options.httpMetadata.contentType })
        }),
      delete: (keys: string | readonly string[]) =>
        this.#stores(() => {
          for (const key of [keys].flat()) this.bucket.delete(key)
        }),
      list: ({ prefix }: { prefix: string }) =>
        this.#stores(() => ({
          objects: [...this.bucket.keys()]
            .filter((key) => key.startsWith(prefix))
            .map((key) => ({ key })),
        })),
    }
  }

  /** The bucket does something, unless it fails; it may fail after it has done it. */
  async #stores<T>(work: () => T): Promise<T> {
    const strike = this.#strikes(['bucket-refuses', 'bucket-forgets'])
    await null
    if (this.storage === 'fails' || strike === 'bucket-refuses')
      throw new Crash('the bucket failed')
    const done = work()
    if (this.storage === 'forgets' || strike === 'bucket-forgets') throw new Crash('it forgot')
    return done
  }
}

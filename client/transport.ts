/** Requests that are sent again where that is safe: the same key, the same answer. */

import { errorOf } from './errors.ts'

export type TransportOptions = {
  /** Where the API is, such as `https://api.example`. */
  readonly baseUrl: string
  /** An account key, or a client token in an app. */
  readonly key: string
  /** Another `fetch`, for tests and proxies. */
  readonly fetch?: typeof fetch
  /** Tries of a request that may be repeated; 5 where it is left out. */
  readonly attempts?: number
}

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: NonNullable<RequestInit['body']>
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
  /** Whether sending it twice does no harm: reads, and whatever carries an Idempotency-Key. */
  readonly repeatable: boolean
}

/** Answers that say: not now. */
const AGAIN = new Set([429, 502, 503, 504])
const MAX_WAIT_MS = 20_000

export class Transport {
  readonly #options: TransportOptions
  readonly #fetch: typeof fetch

  constructor(options: TransportOptions) {
    this.#options = options
    // Called as a method of something else, the browser's own fetch refuses.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  /**
   * The answer, if it is 2xx. @throws ContextDragError for refusals, TypeError without an answer
   */
  async send(path: string, call: Call): Promise<Response> {
    const attempts = call.repeatable ? (this.#options.attempts ?? 5) : 1
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(path, call).catch((error: unknown) => {
        if (attempt >= attempts || call.signal?.aborted) throw error
        return null
      })
      if (answer?.ok) return answer
      const error = answer === null ? null : await errorOf(answer)
      const inFlight = error?.code === 'idempotency_in_flight'
      if (error !== null && (attempt >= attempts || !(AGAIN.has(error.status) || inFlight)))
        throw error
      const wait = 1000 * (error?.retryAfter ?? 0.25 * 2 ** attempt)
      await pause(Math.min(MAX_WAIT_MS, wait), call.signal)
    }
  }

  /** The JSON of an answer. */
  async json<T>(path: string, call: Call): Promise<T> {
    return (await (await this.send(path, call)).json()) as T
  }

  /** A request to somewhere else, such as a signed URL: without the key. */
  elsewhere(url: string, init: RequestInit): Promise<Response> {
    return this.#fetch(url, init)
  }

  #once(path: string, { method = 'GET', headers, body, json, signal }: Call): Promise<Response> {
    const content = json === undefined ? body : JSON.stringify(json)
    return this.#fetch(new URL(path, this.#options.baseUrl).href, {
      method,
      headers: {
        authorization: `Bearer ${this.#options.key}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
      ...(signal !== undefined && { signal }),
    })
  }
}

/** Waits, unless the signal says not to. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

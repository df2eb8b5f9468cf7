/** Sends requests, and retries them where that is safe. */

import { errorOf } from './errors.ts'

export type TransportOptions = {
  /** Origin of the API, for example `https://api.example`. */
  readonly baseUrl: string
  /** An account key or, in an app, a client token. */
  readonly key: string
  /** Replaces `fetch`, for tests and proxies. */
  readonly fetch?: typeof fetch
  /** Attempts for a request that may be repeated. Default: 5. */
  readonly attempts?: number
}

export type Call = {
  /** Default: GET. */
  readonly method?: 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: NonNullable<RequestInit['body']>
  readonly json?: object
  readonly signal?: AbortSignal | undefined
  /** Whether sending it twice is safe, as with an Idempotency-Key. Default: for GET. */
  readonly repeatable?: true
}

/** Statuses after which a request may be retried. */
const RETRIED = new Set([429, 502, 503, 504])
const MAX_WAIT_MS = 20_000

export class Transport {
  readonly #options: TransportOptions
  readonly #fetch: typeof fetch

  constructor(options: TransportOptions) {
    this.#options = options
    // Browsers throw if `fetch` is called as a method of another object.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  /**
   * Returns a 2xx response. @throws ContextDragError for an error response, TypeError without one
   */
  async send(path: string, call: Call = {}): Promise<Response> {
    const attempts = (call.repeatable ?? !call.method) ? (this.#options.attempts ?? 5) : 1
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(path, call).catch((error: unknown) => {
        if (attempt >= attempts || call.signal?.aborted) throw error
        return null
      })
      if (response?.ok) return response
      const error = response && (await errorOf(response))
      const inFlight = error?.code === 'idempotency_in_flight'
      if (error && (attempt >= attempts || !(RETRIED.has(error.status) || inFlight))) throw error
      const wait = 1000 * (error?.retryAfter ?? 0.25 * 2 ** attempt)
      await pause(Math.min(MAX_WAIT_MS, wait), call.signal)
    }
  }

  /** Returns the JSON of a 2xx response. */
  async json<T>(path: string, call?: Call): Promise<T> {
    return (await (await this.send(path, call)).json()) as T
  }

  /** Sends a request without the key, to a signed URL for example. */
  elsewhere(url: string, init: RequestInit): Promise<Response> {
    return this.#fetch(url, init)
  }

  #once(path: string, { method, headers, body, json, signal }: Call): Promise<Response> {
    const content = json ? JSON.stringify(json) : body
    return this.#fetch(new URL(path, this.#options.baseUrl).href, {
      method: method ?? 'GET',
      headers: {
        authorization: `Bearer ${this.#options.key}`,
        ...(json && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: content ?? null,
      signal: signal ?? null,
    })
  }
}

/** Waits, or rejects when the signal is aborted. */
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

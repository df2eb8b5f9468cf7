/**
 * The edge as a client sees it, in workerd, with the GPU worker and the rest of the world played by
 * the test.
 */

import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Bindings } from '../../edge/bindings.ts'
import { openStatuses } from '../../edge/rpc/edit/state.ts'
import { settingsOf } from '../../edge/settings/settings.ts'

export const WORKER = 'https://worker.example.com'
export const SPARE = 'https://spare.example.com'
export const bindings: Bindings = env
export const settings = () => settingsOf(env)

type Handler = (request: Request) => Response | Promise<Response>
type Headers = Record<string, string>

/** Answers every outgoing request of the edge and its objects. */
export function world(handler: Handler): Request[] {
  const seen: Request[] = []
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init)
    seen.push(request.clone())
    return handler(request)
  })
  return seen
}

/** A request to the app, with nothing but what it is given. */
export function call(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(`https://api.example.com${path}`, init)
}

export const operator: Headers = { authorization: 'Bearer test-operator-test-operator' }

/** A POST of JSON. */
export function post(path: string, body: unknown, headers: Headers): Promise<Response> {
  return call(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}

/** An account with its keys, made as an operator makes it. */
export class Account {
  readonly id: string
  readonly live: string
  readonly test: string

  private constructor(id: string, live: string, test: string) {
    this.id = id
    this.live = live
    this.test = test
  }

  static async open(balance = 1_000_000): Promise<Account> {
    const reference = crypto.randomUUID()
    const opened = await json(await post('/admin/accounts', { name: 'test', reference }, operator))
    const id = opened.id as string
    if (balance > 0)
      await post(`/admin/accounts/${id}/topups`, { amount: balance, reference }, operator)
    const key = async (mode: string) =>
      (await json(await post(`/admin/accounts/${id}/keys`, { mode }, operator))).key as string
    return new Account(id, await key('live'), await key('test'))
  }

  /** Headers of a request with the live key, and an Idempotency-Key of its own. */
  get headers(): Headers {
    return { authorization: `Bearer ${this.live}`, 'idempotency-key': crypto.randomUUID() }
  }

  get(path: string, headers: Headers = {}): Promise<Response> {
    return call(path, { headers: { ...this.headers, ...headers } })
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Response> {
    return post(path, body, { ...this.headers, ...headers })
  }

  delete(path: string): Promise<Response> {
    return call(path, { method: 'DELETE', headers: this.headers })
  }

  /** Cancels what is still open: it would go on and take slots from the edits of the next test. */
  async cancelOpen(): Promise<void> {
    const answer = await this.get('/v1/edits?limit=100')
    // A test may have closed the account.
    if (answer.status === 401) return
    const { edits } = (await json(answer)) as {
      edits: { id: string; status: string }[]
    }
    const open = edits.filter(({ status }) => openStatuses.some((one) => one === status))
    await Promise.all(open.map(({ id }) => this.post(`/v1/edits/${id}/cancel`, {})))
  }

  /** Balance, sum of the ledger, and what is held. */
  async money(): Promise<{ balance: number; sum: number; held: number }> {
    const { balance, sum, held } = await json(
      await call(`/admin/accounts/${this.id}`, { headers: operator }),
    )
    return { balance: Number(balance), sum: Number(sum), held: Number(held) }
  }
}

/** Providers as if nothing had happened: no ticket, no fault. */
export async function resetProviders(): Promise<void> {
  for (const name of ['first', 'first.instant', 'second'])
    await runInDurableObject(env.PROVIDERS_STATE.getByName(name), (_, { storage }) => {
      storage.sql.exec('DELETE FROM ticket')
      storage.sql.exec('DELETE FROM mask_slot')
      storage.sql.exec('DELETE FROM run_time')
      storage.sql.exec('UPDATE breaker SET faults = 0, openUntil = 0, pausedUntil = 0')
    })
}

/** Waits until `look` gives something. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false>,
  milliseconds = 60_000,
): Promise<T> {
  for (const start = Date.now(); Date.now() - start < milliseconds; ) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not happen in time')
}

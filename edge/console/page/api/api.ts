/** Requests of this page to the console's API, with the cookie of its session. */

import type { components } from '../../../../client/contract.ts'

export type Schemas = components['schemas']

/** Who is signed in. */
export type Session = {
  readonly email: string
  readonly account: string
  readonly region: string
  readonly currency: string
}

/** An error that the server explains, or that there is no answer. */
export class Problem extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The answer to a request. @param path after `/console` @throws Problem */
export async function request<T>(method: Method, path: string, body?: object): Promise<T> {
  const response = await fetch(`/console${path}`, {
    method,
    credentials: 'same-origin',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // A request that the browser sends again by itself does nothing twice.
      ...(method === 'POST' && { 'idempotency-key': crypto.randomUUID() }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Problem('offline', 'The server does not respond. Check the connection and try again.')
  })
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T
  const problem: { code?: string; detail?: string } = await response.json().catch(() => ({}))
  const { code = 'internal', detail = `the server answered ${response.status}` } = problem
  throw new Problem(code, sentence(detail))
}

/** A request below `/console/api`. @throws Problem */
export function call<T>(method: Method, path: string, body?: object): Promise<T> {
  return request<T>(method, `/api${path}`, body)
}

function sentence(text: string): string {
  const plain = text.replace(/\.$/, '')
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`
}

/** What to show of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

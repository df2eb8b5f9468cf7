/**
 * The edge as a client sees it, in workerd, with the GPU worker and the rest of the world played by
 * the test.
 */

import { env, exports } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Bindings } from '../../edge/env.ts'

export const KEY = 'test-secret-test-secret'
export const WORKER = 'https://worker.example.com'
export const bindings: Bindings = env

type Handler = (request: Request) => Response | Promise<Response>

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

/** A request to the app, with the key unless `headers` say otherwise. */
export function call(
  path: string,
  init: RequestInit = {},
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): Promise<Response> {
  return exports.default.fetch(`https://api.example.com${path}`, {
    ...init,
    headers: { ...headers, ...(init.headers as Record<string, string>) },
  })
}

export function post(path: string, body: unknown): Promise<Response> {
  return call(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

/** Waits until `look` gives something. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false>,
  milliseconds = 5000,
): Promise<T> {
  for (const start = Date.now(); Date.now() - start < milliseconds; ) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not happen in time')
}

/**
 * Leaves nothing behind for the next suite of the same workerd: no object at work, nothing stored, no
 * double, no other settings.
 */

import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, vi } from 'vitest'
import { setFaultHook } from '../../edge/objects/fault-points.ts'
import { SPARE, settings, WORKER } from './app.ts'

/**
 * What is asked while no test answers. Edits of a test that is over are still handed over and polled: their
 * workers go on with them. Were they out of reach, the providers of a later test would count as faulty.
 */
globalThis.fetch = async (input, init) => {
  const { url, method } = new Request(input, init)
  const { origin, pathname } = new URL(url)
  if (origin !== WORKER && origin !== SPARE) throw new TypeError(`no test answers ${url}`)
  if (method !== 'GET') return Response.json({}, { status: method === 'PUT' ? 202 : 200 })
  return Response.json({ runId: pathname.split('/').at(-1), status: 'running', last: null })
}

let before: Record<string, unknown>
beforeAll(() => {
  before = { ...settings() }
})
afterAll(async () => {
  await reset()
  setFaultHook(null)
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  const now: Record<string, unknown> = settings()
  for (const name of Object.keys(now)) delete now[name]
  Object.assign(now, before)
})

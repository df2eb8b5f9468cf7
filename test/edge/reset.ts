/**
 * Leaves nothing behind for the next suite of the same workerd: no object at work, nothing stored, no
 * double, no other settings.
 */

import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, vi } from 'vitest'
import { setFaultHook } from '../../edge/objects/fault-points.ts'
import { settings } from './app.ts'

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

/**
 * RunPod's public API as its documentation has it (serverless endpoints, 2026-08), played strictly.
 */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isRunPodToken, RunPodHost } from '../../../edge/dispatch/runpod.ts'
import { ProviderConfig } from '../../../edge/settings/providers.ts'
import type { RunRequest } from '../../../shared/run.ts'
import { bindings, settings, world } from '../app.ts'

const config = ProviderConfig.parse({
  kind: 'runpod',
  name: 'pod',
  models: ['embedded'],
  endpoint: 'abc123',
  slots: 3,
})
const request = { deadline: Date.now() + 60_000, model: 'embedded' } as RunRequest
const started = { seq: 0, type: 'started' }

/** The service: jobs by id, as `/run` makes them. */
class RunPod {
  readonly jobs = new Map<string, Record<string, unknown>>()
  answer: (() => Response) | null = null
  status: Record<string, unknown> = { status: 'IN_QUEUE' }
  readonly cancelled: string[] = []

  constructor() {
    world(async (call) => {
      const { origin, pathname } = new URL(call.url)
      expect(origin).toBe('https://api.runpod.ai')
      if (call.headers.get('authorization') !== 'Bearer pod-key')
        return new Response(null, { status: 401 })
      if (this.answer !== null) return this.answer()
      const [, version, endpoint, action, id = ''] = pathname.split('/')
      expect([version, endpoint]).toEqual(['v2', 'abc123'])
      if (action === 'run' && call.method === 'POST') return this.#run(await call.json())
      if (action === 'status' && call.method === 'GET')
        return this.jobs.has(id)
          ? Response.json({ id, ...this.status })
          : new Response(null, { status: 404 })
      if (action === 'cancel' && call.method === 'POST') {
        this.cancelled.push(id)
        return Response.json({ id, status: 'CANCELLED' })
      }
      return new Response(null, { status: 405 })
    })
  }

  #run(body: Record<string, unknown>): Response {
    const { input, policy, webhook, ...rest } = body
    const { executionTimeout, ttl } = policy as { executionTimeout: number; ttl: number }
    const wrong =
      Object.keys(rest).length > 0 ||
      typeof input !== 'object' ||
      typeof webhook !== 'string' ||
      !(executionTimeout >= 5_000 && executionTimeout <= 7 * 86_400_000) ||
      !(ttl >= 10_000 && ttl <= 7 * 86_400_000)
    if (wrong) return new Response(null, { status: 400 })
    const id = `job-${this.jobs.size + 1}`
    this.jobs.set(id, body)
    return Response.json({ id, status: 'IN_QUEUE' })
  }
}

let runpod: RunPod
let host: RunPodHost
beforeEach(() => {
  runpod = new RunPod()
  const pod = { ...bindings, RUNPOD_API_KEY: 'pod-key' }
  host = new RunPodHost(config as Extract<ProviderConfig, { kind: 'runpod' }>, settings(), pod)
})
afterEach(() => vi.unstubAllGlobals())

test('a run becomes a job with a signed request, a deadline and a webhook of its own', async () => {
  expect(await host.submit('auto.x.y.1', request)).toEqual({ outcome: 'accepted', jobId: 'job-1' })
  const job = runpod.jobs.get('job-1') as {
    input: { runId: string; request: string; signature: string }
    webhook: string
  }
  expect(job.input.runId).toBe('auto.x.y.1')
  expect(JSON.parse(job.input.request)).toEqual(request)
  expect(job.input.signature).toMatch(new RegExp(`^v1;${request.deadline};`))
  const webhook = new URL(job.webhook)
  expect(webhook.pathname).toBe('/internal/runpod/auto.x.y.1')
  const token = webhook.searchParams.get('token') ?? ''
  expect(await isRunPodToken(settings(), 'auto.x.y.1', token)).toBe(true)
  expect(await isRunPodToken(settings(), 'auto.x.y.2', token)).toBe(false)
  // The whole job is small: no picture travels in it.
  expect(JSON.stringify(job).length).toBeLessThan(10_000)
})

describe("how RunPod's job states are read", () => {
  test.each([
    [{ status: 'IN_QUEUE' }, { outcome: 'known', state: { status: 'running', last: null } }],
    [{ status: 'IN_PROGRESS' }, { outcome: 'known', state: { status: 'running', last: null } }],
    [
      { status: 'COMPLETED', output: { last: started } },
      { outcome: 'known', state: { status: 'succeeded', last: started } },
    ],
    [{ status: 'COMPLETED', output: 'garbage' }, { outcome: 'lost' }],
    [{ status: 'FAILED', error: '{"error_type":"x"}' }, { outcome: 'lost' }],
    [{ status: 'CANCELLED' }, { outcome: 'lost' }],
    [{ status: 'TIMED_OUT' }, { outcome: 'lost' }],
    [{ status: 'SOMETHING_NEW' }, { outcome: 'unreachable' }],
  ])('%j', async (status, expected) => {
    await host.submit('auto.x.y.1', request)
    runpod.status = status
    expect(await host.report('auto.x.y.1', 'job-1')).toMatchObject(expected)
  })

  test('a job that RunPod no longer knows is lost, and so is one whose id never arrived', async () => {
    expect(await host.report('auto.x.y.1', 'job-9')).toMatchObject({ outcome: 'lost' })
    expect(await host.report('auto.x.y.1', null)).toMatchObject({ outcome: 'lost' })
  })

  test('a job is cancelled by its id', async () => {
    await host.cancel('auto.x.y.1', 'job-1')
    await host.cancel('auto.x.y.1', null)
    expect(runpod.cancelled).toEqual(['job-1'])
  })
})

describe('a service in trouble', () => {
  test.each([
    [
      () => new Response(null, { status: 429, headers: { 'retry-after': '7' } }),
      { outcome: 'busy', retryAfter: 7 },
    ],
    [() => new Response(null, { status: 502 }), { outcome: 'unreachable' }],
    [() => new Response('<html>', { status: 200 }), { outcome: 'unreachable' }],
    [() => Response.json({ id: '' }), { outcome: 'unreachable' }],
    [() => new Response(null, { status: 401 }), { outcome: 'rejected', code: 'worker_failed' }],
    [
      () => {
        throw new TypeError('connection refused')
      },
      { outcome: 'unreachable' },
    ],
  ])('%#', async (answer, expected) => {
    runpod.answer = answer
    expect(await host.submit('auto.x.y.1', request)).toMatchObject(expected)
    if (expected.outcome === 'unreachable')
      expect(await host.report('auto.x.y.1', 'job-1')).toMatchObject({ outcome: 'unreachable' })
  })
})

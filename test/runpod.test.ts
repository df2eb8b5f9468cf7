/**
 * An edit by way of RunPod's queue: a running edge, a double of RunPod that its own SDK passes, and
 * the worker as it runs in a container there.
 */

import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stack } from '../infra/stack.ts'
import { readSample } from './fixtures/pictures.ts'
import { FakeRunPod } from './fixtures/servers/runpod.ts'
import { prepareStack, type TestStack } from './fixtures/servers/test-stack.ts'

let runpod: FakeRunPod
let opened: TestStack
let stack: Stack
let key: string

beforeAll(async () => {
  runpod = await FakeRunPod.start()
  opened = await prepareStack({
    workerEnv: { ...runpod.environment, ADAPTER: 'runpod-queue' },
    edgeVars: {
      PROVIDERS: JSON.stringify([{ ...runpod.provider, models: ['embedded-fast'] }]),
      RUNPOD_API_KEY: runpod.apiKey,
      // Nothing comes of polling in time: what is seen early came by event or webhook.
      DISPATCH_SECONDS: '20',
      RUN_SECONDS: '30',
      POLL_SECONDS: '15',
    },
  })
  stack = opened.stack
  await stack.start()
  key = (await stack.openAccount('runpod', 'live', 1_000_000)).key
})
afterAll(async () => {
  await opened.close()
  await runpod.stop()
})

type View = { id: string; status: string; urls: { result: string }; error?: { code: string } }
const headers = () => ({ authorization: `Bearer ${key}`, 'idempotency-key': crypto.randomUUID() })

async function create(steps: number, prefer?: string): Promise<View> {
  const sample = await readSample('balloon', 0.5)
  const form = new FormData()
  form.append('image', new Blob([sample.photo as Uint8Array<ArrayBuffer>]), 'photo.jpg')
  form.append('drags', JSON.stringify(sample.drags))
  form.append('model', 'embedded-fast')
  form.append('steps', String(steps))
  const answer = await fetch(`${stack.origin}/v1/edits`, {
    method: 'POST',
    headers: { ...headers(), ...(prefer !== undefined && { prefer }) },
    body: form,
  })
  expect(answer.status).toBe(202)
  return (await answer.json()) as View
}

async function look(id: string, prefer = 'wait=0'): Promise<View> {
  const answer = await fetch(`${stack.origin}/v1/edits/${id}`, {
    headers: { ...headers(), prefer },
  })
  return (await answer.json()) as View
}

test('an edit goes through the queue', async () => {
  const edit = await create(4, 'wait=40')
  expect(edit).toMatchObject({ status: 'succeeded' })
  const picture = await sharp(
    await (await fetch(edit.urls.result, { headers: headers() })).arrayBuffer(),
  ).metadata()
  expect(picture.width).toBeGreaterThan(100)
  const [job] = runpod.jobs.values()
  await runpod.until(job?.id ?? '')
  expect(job).toMatchObject({ status: 'COMPLETED', output: { last: { type: 'succeeded' } } })
  expect(runpod.complaints).toEqual([])
})

test('RunPod passes a cancel on to the worker', async () => {
  const { id } = await create(50)
  await expect
    .poll(async () => (await look(id)).status, { timeout: 60_000, interval: 100 })
    .toBe('running')
  const answer = await fetch(`${stack.origin}/v1/edits/${id}/cancel`, {
    method: 'POST',
    headers: headers(),
  })
  expect(answer.status).toBe(200)
  expect((await look(id)).status).toBe('canceled')
  const [job = ''] = [...runpod.jobs.keys()].slice(-1)
  await runpod.until(job, ({ status }) => status === 'CANCELLED')
  expect(await create(4, 'wait=40')).toMatchObject({ status: 'succeeded' })
  expect(runpod.complaints).toEqual([])
})

test('a webhook with a wrong token is rejected', async () => {
  const answer = await fetch(`${stack.origin}/internal/runpod/any.1?token=guess`, {
    method: 'POST',
    body: '{}',
  })
  expect([401, 403, 404]).toContain(answer.status)
})

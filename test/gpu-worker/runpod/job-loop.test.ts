import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { OpenBackbone } from '../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { readRunPodConfig } from '../../../gpu-worker/config.ts'
import { editPhoto } from '../../../gpu-worker/edit.ts'
import type { Engine } from '../../../gpu-worker/engine.ts'
import { RunPodApi } from '../../../gpu-worker/runpod/api.ts'
import { JobLoop } from '../../../gpu-worker/runpod/job-loop.ts'
import { Ping } from '../../../gpu-worker/runpod/ping.ts'
import { Runs } from '../../../gpu-worker/runs.ts'
import { Buckets } from '../../../gpu-worker/storage/s3.ts'
import { Storage } from '../../../gpu-worker/storage/storage.ts'
import { freePort } from '../../../infra/stack.ts'
import { FakeEdge } from '../../fixtures/servers/fake-edge.ts'
import { FakeRunPod } from '../../fixtures/servers/runpod.ts'
import { publicKey, signature } from '../../fixtures/signing.ts'

const CACHE = join(tmpdir(), 'contextdrag-test-checkpoints')
/** Steps of a run that is long enough to be interrupted. */
const LONG = 50
let backbone: OpenBackbone
const engine: Engine = (job, onProgress, signal) => editPhoto(job, backbone, onProgress, signal)
let photo: Buffer
let edge: FakeEdge
let runpod: FakeRunPod
let end: () => Promise<void>

beforeAll(async () => {
  backbone = await openBackbone('embedded-fast', { cache: CACHE }, { provider: 'cpu', threads: 1 })
  photo = await sharp({ create: { width: 128, height: 96, channels: 3, background: '#a52' } })
    .png()
    .toBuffer()
})
afterAll(() => backbone.close())

beforeEach(async () => {
  edge = await FakeEdge.listen(photo)
  runpod = await FakeRunPod.start()
})
afterEach(async () => {
  await end()
  edge.close()
  await runpod.stop()
})

function startLoop(): void {
  const storage = new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' }))
  const runs = new Runs(new Map([['embedded-fast', engine]]), storage, () => {})
  const config = readRunPodConfig(runpod.environment)
  const ping = new Ping(config)
  const loop = new JobLoop(new RunPodApi(config), runs, [publicKey], ping)
  const working = loop.work()
  end = async () => {
    loop.stop()
    await working
    await runs.idle()
    await ping.stop()
  }
}

async function submit(runId: string, steps = 2, key?: Parameters<typeof signature>[4]) {
  const request = JSON.stringify(await edge.request({}, steps))
  const signed = signature('PUT', runId, request, undefined, key)
  return runpod.submit({ runId, request, signature: signed })
}

test('jobs run one after another, and their result is reported to RunPod', async () => {
  startLoop()
  const ids = [await submit('a.1'), await submit('b.1')]
  for (const id of ids) {
    const { status, output } = await runpod.until(id)
    expect(status).toBe('COMPLETED')
    expect(output).toMatchObject({ last: { type: 'succeeded', result: { width: 128 } } })
  }
  expect(edge.results.size).toBe(1)
  expect(edge.events.filter(({ type }) => type === 'succeeded')).toHaveLength(2)
  expect(runpod.complaints).toEqual([])
})

test('a long job reports progress while the pings continue', async () => {
  startLoop()
  const id = await submit('p.1', LONG)
  const { progress } = await runpod.until(id)
  expect(progress.length).toBeGreaterThan(1)
  expect(progress[0]).toMatchObject({ step: expect.any(Number), steps: LONG })
  expect(runpod.pings.length).toBeGreaterThan(0)
  expect(runpod.complaints).toEqual([])
})

test('a job that the edge did not sign is rejected', async () => {
  startLoop()
  const stranger = generateKeyPairSync('ed25519').privateKey
  for (const id of [await submit('f.1', 2, stranger), runpod.submit({ anything: 1 })]) {
    const { status, error } = await runpod.until(id)
    expect(status).toBe('FAILED')
    expect(JSON.parse(error ?? '').code).toMatch(/unauthenticated|invalid_request/)
  }
  expect(edge.events).toEqual([])
  expect(edge.results.size).toBe(0)
})

test('a failed run is a completed job whose output is the failure event', async () => {
  startLoop()
  edge.photo = null
  const { status, output } = await runpod.until(await submit('n.1'))
  expect(status).toBe('COMPLETED')
  expect(output).toMatchObject({ last: { type: 'failed', problem: { code: 'worker_failed' } } })
})

test('a job that RunPod stops is canceled and not reported', async () => {
  startLoop()
  const id = await submit('s.1', LONG)
  await runpod.until(id, ({ progress }) => progress.length > 0)
  runpod.cancel(id)
  const next = await submit('t.1')
  expect((await runpod.until(next)).status).toBe('COMPLETED')
  expect(edge.events.map(({ type }) => type)).toContain('canceled')
  expect(runpod.jobs.get(id)).toMatchObject({ status: 'CANCELLED' })
  expect(runpod.complaints).toEqual([])
})

test('a report that RunPod does not accept is retried', {
  timeout: 20_000,
}, async () => {
  startLoop()
  edge.photo = null
  runpod.faults.push(500, 502)
  expect((await runpod.until(await submit('r.1'))).status).toBe('COMPLETED')
})

test('on SIGTERM the current job finishes, and no other is taken', {
  timeout: 60_000,
}, async () => {
  const main = fileURLToPath(new URL('../../../gpu-worker/main.ts', import.meta.url))
  const { x } = publicKey.export({ format: 'jwk' })
  const worker = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...runpod.environment,
      ADAPTER: 'runpod-queue',
      MODELS: 'embedded-fast',
      CONTEXTDRAG_CACHE: CACHE,
      ALLOWED_ORIGINS: edge.origin,
      RUN_PUBLIC_KEYS: String(x),
      PORT: String(await freePort()),
    },
  })
  const exit = new Promise<number | null>((resolve) => worker.once('exit', resolve))
  end = async () => {
    worker.kill('SIGKILL')
    await exit
  }
  const id = await submit('d.1', LONG)
  await runpod.until(id, ({ progress }) => progress.length > 0)
  const left = await submit('e.1')
  worker.kill('SIGTERM')
  expect(await exit).toBe(0)
  expect(runpod.jobs.get(id)?.status).toBe('COMPLETED')
  expect(runpod.jobs.get(left)?.status).toBe('IN_QUEUE')
  expect(runpod.pings).toContain(id)
  expect(edge.last?.type).toBe('succeeded')
  expect(runpod.complaints).toEqual([])
})

/** Boots the worker: configuration, server, models, and only then ready. */

import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { serve } from '@hono/node-server'
import type { BackboneName } from '../shared/backbones.ts'
import { Pipeline } from './backbones/flux1/backbone.ts'
import { selfTest } from './backbones/self-test.ts'
import { readRunPodConfig, readServerConfig, type ServerConfig, s3Config } from './config.ts'
import { Metrics } from './metrics.ts'
import { maskPng } from './photo/mask-picture.ts'
import { RunPodApi, type RunPodConfig } from './runpod/api.ts'
import { JobLoop } from './runpod/job-loop.ts'
import { Ping } from './runpod/ping.ts'
import { Runs } from './runs.ts'
import { MaskLane } from './sam/mask-lane.ts'
import { Sam } from './sam/sam.ts'
import { createServer, type ServerState } from './server.ts'
import { readPublicKey } from './signature.ts'
import { Buckets } from './storage/s3.ts'
import { Storage } from './storage/storage.ts'

async function loadPipelines(config: ServerConfig): Promise<Map<BackboneName, Pipeline>> {
  const pipelines = new Map<BackboneName, Pipeline>()
  for (const model of config.MODELS) {
    const checkpoint = model === 'flux1-kontext-dev' ? config.FLUX1_KONTEXT_DEV : undefined
    const options = {
      provider: config.PROVIDER,
      cache: config.CONTEXTDRAG_CACHE,
      threads: config.THREADS,
      ...(config.TEXT_ENCODER_DEVICE !== undefined && {
        textProvider: config.TEXT_ENCODER_DEVICE,
      }),
      ...(config.DECODE_TILE !== undefined && { decodeTile: config.DECODE_TILE }),
      keepLoaded: config.KEEP_LOADED,
      ...(checkpoint !== undefined && { checkpoint }),
    }
    pipelines.set(model, await Pipeline.load(model, options))
  }
  return pipelines
}

async function versions(): Promise<Record<string, string>> {
  const { dependencies } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return { node: process.versions.node, onnxruntime: dependencies['onnxruntime-node'] }
}

function log(message: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ message, ...fields }))
}

/** Takes jobs from RunPod until it is told to end. @returns what tells it so */
function takeJobs(config: RunPodConfig, runs: Runs, keys: readonly KeyObject[]) {
  const ping = new Ping(config)
  const loop = new JobLoop(new RunPodApi(config), runs, keys, ping)
  const working = loop.work()
  return async () => {
    loop.stop()
    await working
    await ping.stop()
  }
}

const config = readServerConfig()
const runPod = config.ADAPTER === 'runpod-queue' ? readRunPodConfig() : null
const keys = config.RUN_PUBLIC_KEYS.map(readPublicKey)
const health = { provider: config.PROVIDER, models: config.MODELS, versions: await versions() }
const state: ServerState = { runs: null, masks: null, health, checkpoints: {} }
const metrics = new Metrics(() => state.runs?.busy ?? false)
const server = serve(
  {
    fetch: createServer(state, keys, metrics).fetch,
    hostname: config.HOST,
    port: config.PORT,
  },
  (address) => log('listening', { port: address.port }),
)
await selfTest(config.PROVIDER, config.PROVIDER === 'cuda' ? 'BF16' : 'F32')
log('self-test passed', { provider: config.PROVIDER })
const pipelines = await loadPipelines(config)
const sam =
  config.SAM === undefined
    ? null
    : await Sam.open(config.SAM, { provider: config.PROVIDER, threads: config.THREADS })
const storage = new Storage(config.ALLOWED_ORIGINS, new Buckets(s3Config(config)))
const runs = new Runs(pipelines, storage, (model, last) => metrics.ended(model, last))
const download = (url: string, signal: AbortSignal) => storage.download(url, signal)
state.masks = sam === null ? null : new MaskLane(sam, download, maskPng)
state.runs = runs
state.checkpoints = Object.fromEntries(
  [...pipelines].map(([model, { compute, fingerprint }]) => [
    model,
    { compute, fingerprint: fingerprint.slice(0, 16) },
  ]),
)
const queue = runPod === null ? null : takeJobs(runPod, runs, keys)
log('ready', { models: config.MODELS, provider: config.PROVIDER })

/** No new connections or jobs, the run that is going on finishes, then the threads end. */
async function shutDown(): Promise<void> {
  server.close()
  await queue?.()
  await Promise.all([runs.idle(), state.masks?.idle()])
  await sam?.close()
  await Promise.all([...pipelines.values()].map((pipeline) => pipeline.close()))
  process.exit(0)
}
process.once('SIGTERM', shutDown)
process.once('SIGINT', shutDown)

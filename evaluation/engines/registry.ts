/** Engines by name: our own models, other people's over the API, results in folders, peers. */

import { stat } from 'node:fs/promises'
import { openTransformer } from '../../gpu-worker/backbones/flux1/folder.ts'
import { openOptions } from '../../gpu-worker/config.ts'
import type { BackboneName } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'
import { isBackbone, type ModelName, modelNames, models } from '../../shared/models.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { inversion, inversionSettings } from '../inversion/inversion.ts'
import { bidirectionalWarpFlux } from '../peers/bidirectional-warp.ts'
import { type PeerKind, peers } from '../peers/registry.ts'
import { apiEngine, checkApi } from './api.ts'
import { checkFolder, folderEngine } from './folder.ts'
import { checkOwnEngine, openOwnEngine } from './own.ts'
import type { EngineResources, ResourceOptions } from './resources.ts'
import { argumentOf, type EngineSpec, nameOf } from './spec.ts'

/** How an engine is opened. */
export type EngineKind = {
  /** One sentence, for the help. */
  readonly about: string
  /** What follows `:`, in capitals; null for nothing. */
  readonly address: string | null
  /** Whether only one such engine fits into memory at a time. */
  readonly heavy: boolean
  /** Whether its results are read each time, because others may have put new ones there. */
  readonly reread: boolean
  /** Looks before the run starts. @throws EditError for what cannot work */
  readonly check: (spec: EngineSpec, options: ResourceOptions) => void | Promise<void>
  /** @throws EditError for settings, weights or addresses that cannot be used */
  readonly open: (spec: EngineSpec, resources: EngineResources) => Promise<EvaluatedEngine>
}

function aboutModel(model: ModelName): string {
  if (!isBackbone(model)) return 'the photo’s own pixels, moved and filled without a model'
  return models[model].weights === null
    ? 'the method on a transformer with computed weights, which moves tokens and invents nothing'
    : `the method on ${models[model].title}`
}

/** Our own models, in this process. */
const own = modelNames.map((model: ModelName): [string, EngineKind] => [
  model,
  {
    about: aboutModel(model),
    address: null,
    heavy: models[model].weights !== null,
    reread: false,
    check: ({ settings }, options) => checkOwnEngine(model, settings, options),
    open: (spec, resources) => openOwnEngine(model, nameOf(spec), spec.settings, resources),
  },
])

/** @throws EditError `invalid_request` if a peer is to be set to something */
function checkUnset(name: string, settings: Readonly<Record<string, unknown>>): void {
  const [key] = Object.keys(settings)
  if (key === undefined) return
  throw new EditError('invalid_request', `${name} has no ${key} to set`, { pointer: '/engine' })
}

/** @throws EditError `model_unavailable` without a FLUX.1 transformer in the folder */
async function checkFill(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() !== true)
    throw new EditError('model_unavailable', `${folder} is no folder with FLUX.1-Fill-dev`)
  await openTransformer(folder)
}

/** Other ways to move the same thing, which need no weights. */
const others = Object.entries<PeerKind>(peers).map(
  ([name, { about, open }]): [string, EngineKind] => [
    name,
    {
      about,
      address: null,
      heavy: false,
      reread: false,
      check: ({ settings }) => checkUnset(name, settings),
      open: async (_, { things }) => open(things),
    },
  ],
)

/** @throws EditError `invalid_request` if it is no transformer of ours */
function backboneOf(address: string | null): BackboneName {
  const name = modelNames.find((model: ModelName) => model === address)
  if (name !== undefined && isBackbone(name)) return name
  throw new EditError(
    'invalid_request',
    `inversion:${address} is no transformer; known: ${modelNames.filter(isBackbone).join(', ')}`,
    { pointer: '/engine' },
  )
}

export const engines: Readonly<Record<string, EngineKind>> = {
  ...Object.fromEntries([...own, ...others]),
  'bidirectional-warp-flux': {
    about: "Inpaint4Drag's warp, with FLUX.1-Fill-dev from its folder",
    address: 'FOLDER',
    heavy: true,
    reread: false,
    check: async ({ address, settings }) => {
      checkUnset('bidirectional-warp-flux', settings)
      await checkFill(address ?? '')
    },
    open: async ({ address }, { things, config }) =>
      bidirectionalWarpFlux(things, address ?? '', openOptions(config, null)),
  },
  inversion: {
    about: "the photo inverted on a transformer of ours, as in the paper's Table VI",
    address: 'MODEL',
    heavy: true,
    reread: false,
    check: ({ address, settings }, options) =>
      checkOwnEngine(backboneOf(address), { ...inversionSettings, ...settings }, options),
    open: async (spec, resources) => {
      const settings = { ...inversionSettings, ...spec.settings }
      const model = backboneOf(spec.address)
      return openOwnEngine(model, nameOf(spec), settings, resources, inversion)
    },
  },
  api: {
    about: 'a service, through its public HTTP API; its key is in CONTEXTDRAG_KEY',
    address: 'URL',
    heavy: false,
    reread: false,
    check: ({ address }, { apiKey }) => checkApi(address ?? '', apiKey),
    open: async (spec, { options: { apiKey = '' } }) =>
      apiEngine(nameOf(spec), spec.address ?? '', apiKey, spec.settings),
  },
  folder: {
    about: 'results that were made elsewhere: pictures named by the ids of their cases',
    address: 'PATH',
    heavy: false,
    reread: true,
    check: ({ address, settings }) => checkFolder(address ?? '', settings),
    open: async (spec) => folderEngine(nameOf(spec), spec.address ?? ''),
  },
}

/** The kind of an engine. @throws EditError `invalid_request` for an unknown one */
export function kindOf(spec: EngineSpec): EngineKind {
  const kind = Object.hasOwn(engines, spec.kind) ? engines[spec.kind] : undefined
  const reject = (detail: string) =>
    new EditError('invalid_request', detail, { pointer: '/engine' })
  if (kind === undefined)
    throw reject(`${spec.kind} is no engine; known: ${Object.keys(engines).join(', ')}`)
  if (kind.address !== null && !spec.address)
    throw reject(`${spec.kind} needs its address: --engine ${spec.kind}:${kind.address}`)
  if (kind.address === null && spec.address !== null)
    throw reject(`${argumentOf(spec)}: ${spec.kind} takes no address`)
  return kind
}

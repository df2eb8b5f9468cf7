/** Engines by name: our own models, other people's over the API, results in folders, peers. */

import { EditError } from '../../shared/errors.ts'
import { isBackbone, type ModelName, modelNames, models } from '../../shared/models.ts'
import type { EvaluatedEngine } from '../engine.ts'
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

/** Other ways to move the same thing, which need no weights. */
const others = Object.entries<PeerKind>(peers).map(
  ([name, { about, open }]): [string, EngineKind] => [
    name,
    {
      about,
      address: null,
      heavy: false,
      reread: false,
      check: ({ settings }) => {
        const [key] = Object.keys(settings)
        if (key === undefined) return
        const detail = `${name} has no ${key} to set`
        throw new EditError('invalid_request', detail, { pointer: '/engine' })
      },
      open: async (_, { things }) => open(things),
    },
  ],
)

export const engines: Readonly<Record<string, EngineKind>> = {
  ...Object.fromEntries([...own, ...others]),
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

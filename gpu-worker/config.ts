/** The worker's configuration: the only reader of the environment. A fault in it stops the boot. */

import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type BackboneName, backboneNames } from '../shared/backbones.ts'
import { originSchema } from '../shared/origin.ts'
import type { RunPodConfig } from './runpod/api.ts'
import type { S3Config } from './s3.ts'

const origins = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(originSchema('https://edge.example')))

const models = z
  .string()
  .default('embedded,embedded-fast')
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(backboneNames as [BackboneName, ...BackboneName[]])).min(1))

/** What every command needs. */
const Base = z.object({
  /** Execution provider of onnxruntime. */
  PROVIDER: z.enum(['cpu', 'cuda']).default('cpu'),
  THREADS: z.coerce.number().int().min(1).default(availableParallelism()),
  /** Largest side, in latents, that is decoded at a time; all at once where it is not set. */
  DECODE_TILE: z.coerce.number().int().min(16).optional(),
  /** Where text is encoded; the provider's own where it is not set. */
  TEXT_ENCODER_DEVICE: z.enum(['cpu', 'cuda']).optional(),
  /** Parts that stay loaded between runs; the others are loaded when needed and released after. */
  KEEP_LOADED: z
    .string()
    .default('transformer,vae')
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(['text', 'transformer', 'vae']))),
  /** Where generated checkpoints are kept. */
  CONTEXTDRAG_CACHE: z
    .string()
    .min(1)
    .default(join(homedir(), '.cache', 'contextdrag')),
  /** Buckets that `s3://` may name. Credentials: those of AWS's own tools (AWS_ACCESS_KEY_ID, ...). */
  S3_BUCKETS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((part) => part !== '')),
  /** An S3 server other than AWS's. */
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: z.string().default('us-east-1'),
})

/** What the server needs besides. */
const Server = Base.extend({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8788),
  /** Ed25519 public keys of edges, 32 bytes in base64url each: who may order runs. */
  RUN_PUBLIC_KEYS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/)).min(1)),
  /** The only origins the worker talks to, whatever a payload says. */
  ALLOWED_ORIGINS: origins.pipe(z.array(z.string()).min(1)),
  /** Where runs come from: over HTTP, or from the queue of a RunPod endpoint. */
  ADAPTER: z.enum(['http', 'runpod-queue']).default('http'),
  /** Backbones this worker serves. */
  MODELS: models,
  /** Folder of FLUX.1-Kontext's checkpoint, where it is served. */
  FLUX1_KONTEXT_DEV: z.string().optional(),
  /** Folder of SAM's two ONNX files, where masks are found here. */
  SAM: z.string().optional(),
})

/** What RunPod sets in the containers of a queue endpoint. */
const RunPod = z.object({
  RUNPOD_POD_ID: z.string().min(1),
  RUNPOD_AI_API_KEY: z.string().min(1),
  RUNPOD_WEBHOOK_GET_JOB: z.url(),
  RUNPOD_WEBHOOK_POST_OUTPUT: z.url(),
  RUNPOD_WEBHOOK_PING: z.url(),
  RUNPOD_PING_INTERVAL: z.coerce.number().int().positive().default(10_000),
})

/** What downloads from the hub need: the variables of Hugging Face's own tools. */
const Hub = z.object({ HF_TOKEN: z.string().optional(), HF_ENDPOINT: z.url().optional() })

/** What the operator's commands need. */
const Operator = z.object({
  CONTEXTDRAG_URL: z.url().transform((url) => url.replace(/\/$/, '')),
  OPERATOR_TOKEN: z.string().min(16),
})

export type BaseConfig = z.infer<typeof Base>
export type ServerConfig = z.infer<typeof Server>

/** @throws Error naming every variable that is wrong, never its value */
export function readBaseConfig(env: NodeJS.ProcessEnv = process.env): BaseConfig {
  return read(Base, env)
}

/** @throws Error naming every variable that is wrong, never its value */
export function readServerConfig(env: NodeJS.ProcessEnv = process.env): ServerConfig {
  return read(Server, env)
}

/** @throws Error naming every variable that is wrong, never its value */
export function readRunPodConfig(env: NodeJS.ProcessEnv = process.env): RunPodConfig {
  return read(RunPod, env)
}

/** @throws Error naming every variable that is wrong, never its value */
export function readHubConfig(env: NodeJS.ProcessEnv = process.env): z.infer<typeof Hub> {
  return read(Hub, env)
}

/** @throws Error naming every variable that is wrong, never its value */
export function readOperatorConfig(env: NodeJS.ProcessEnv = process.env): z.infer<typeof Operator> {
  return read(Operator, env)
}

/** What `s3://` needs. */
export function s3Config({ S3_BUCKETS, S3_ENDPOINT, S3_REGION }: BaseConfig): S3Config {
  return {
    buckets: S3_BUCKETS,
    region: S3_REGION,
    ...(S3_ENDPOINT !== undefined && { endpoint: S3_ENDPOINT }),
  }
}

function read<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const parsed = schema.safeParse(env)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`the configuration is not usable: ${faults.join('; ')}`)
}

/**
 * Bindings and settings, parsed by a schema once per isolate. A fault in them answers every
 * request.
 */

import { z } from 'zod'
import { type BackboneName, backboneNames } from '../shared/backbones.ts'
import type { EditObject } from './objects/edit.ts'

/** What wrangler.toml, .dev.vars and the secrets give. */
export type Bindings = {
  readonly EDITS: DurableObjectNamespace<EditObject>
  readonly BUCKET: R2Bucket
  readonly [setting: string]: unknown
}

const origin = z.url().refine((url) => URL.canParse(url) && new URL(url).origin === url, {
  message: 'must be an origin, such as https://api.example',
})
const seconds = z.coerce.number().positive()

const Settings = z.object({
  /** What clients see; every link is built from it, never from the request. */
  PUBLIC_ORIGIN: origin,
  /** What the worker can reach us under. */
  CALLBACK_ORIGIN: origin,
  /** Where the GPU worker listens. */
  WORKER_URL: origin,
  /** Backbones that the worker serves. */
  MODELS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(backboneNames as [BackboneName, ...BackboneName[]])).min(1)),
  API_KEY: z.string().min(16),
  WORKER_TOKEN: z.string().min(16),
  BLOB_SECRET: z.string().min(16),
  /** Origins that may be fetched although they are not public https: for development. */
  ALLOWED_PRIVATE_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(origin)),
  /**
   * How long a worker is looked for, how long an accepted run may take, and how often it is asked
   * about.
   */
  DISPATCH_SECONDS: seconds,
  RUN_SECONDS: seconds,
  POLL_SECONDS: seconds,
})
export type Settings = z.infer<typeof Settings>

/** @throws Error naming every setting that is wrong, never its value */
export function readSettings(env: Bindings): Settings {
  const parsed = Settings.safeParse(env)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`the configuration is not usable: ${faults.join('; ')}`)
}

/** Hono's generics for this app. */
export type App = { Bindings: Bindings; Variables: { settings: Settings; requestId: string } }

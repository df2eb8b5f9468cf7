/**
 * Settings, parsed by a schema once per isolate. If one is invalid, every request fails with its
 * name.
 */

import { z } from 'zod'
import { type BackboneName, backboneNames } from '../../shared/backbones.ts'
import { ModelNameSchema } from '../../shared/edit/settings.ts'
import { type ModelName, models } from '../../shared/models.ts'
import { defaultPrices, PRICE_VERSION, type PriceList } from '../../shared/price.ts'
import { billingFaults, billingOf, billingSettings } from './billing.ts'
import { limitSettings } from './limits.ts'
import { mailFaults, mailSettings } from './mail.ts'
import { origin, ProviderConfig, queuesOf } from './providers.ts'
import { RETENTION_DAYS, RETENTION_RANGE } from './retention.ts'
import { json, list } from './text.ts'

/** Variables and secrets as the platform hands them over; bindings among them are passed over. */
export type Environment = { readonly [setting: string]: unknown }

const seconds = z.coerce.number().positive()
const secret = z.string().min(16)
const amount = z.number().int().min(0)
const stepRate = z.strictObject({ base: amount, perStepMegapixel: amount }).exactOptional()
const stepRates = Object.fromEntries(backboneNames.map((name) => [name, stepRate]))
const Prices = z.strictObject({
  ...(stepRates as Record<BackboneName, typeof stepRate>),
  instant: z.strictObject({ base: amount, perMegapixel: amount }).exactOptional(),
})

const Settings = z
  .object({
    ENVIRONMENT: z.enum(['dev', 'staging', 'production']),
    /** What clients see; every link is built from it, never from the request. */
    PUBLIC_ORIGIN: origin,
    /** What the worker can reach us under. */
    CALLBACK_ORIGIN: origin,
    PROVIDERS: z
      .string()
      .transform(json)
      .pipe(z.array(ProviderConfig).min(1))
      .transform((providers) => providers.flatMap(queuesOf)),
    /** Rates of the operator's own, by model; they replace those of the list. */
    PRICES: z.string().default('{}').transform(json).pipe(Prices),
    /** Named in every answer with a price. */
    CURRENCY: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('USD'),
    /** Backbones whose non-commercial licence the operator has dealt with. */
    LICENCES_ACKNOWLEDGED: list.pipe(z.array(ModelNameSchema)),
    OPERATOR_TOKEN: secret,
    /** `version:secret`, newest first; the version is one character. */
    KEY_PEPPERS: list
      .transform((parts) =>
        parts.map((part) => ({ version: part.slice(0, 1), secret: part.slice(2) })),
      )
      .pipe(z.array(z.object({ version: z.string().regex(/^[0-9a-z]$/), secret })).min(1))
      // What the second of them signed would be rejected as if it were forged.
      .refine(
        (peppers) => new Set(peppers.map(({ version }) => version)).size === peppers.length,
        'has two secrets of one version',
      ),
    BLOB_SECRET: secret,
    /** Seals webhook secrets and stored answers. */
    SEALING_SECRET: secret,
    /** Ed25519 private key, PKCS #8 in base64: signs what the worker is told. */
    RUN_SIGNING_KEY: z.string().regex(/^[A-Za-z0-9+/=]{60,80}$/),
    /** Signed URLs lead to this Worker, or to the bucket's S3 door. */
    BLOBS: z.enum(['worker', 's3']).default('worker'),
    S3_ENDPOINT: origin.optional(),
    S3_BUCKET: z.string().min(1).optional(),
    S3_REGION: z.string().default('auto'),
    S3_ACCESS_KEY_ID: z.string().min(1).optional(),
    S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
    /** Where the bucket is bound to be; unset for anywhere. Accounts of this region need it. */
    BUCKET_JURISDICTION: z.enum(['eu']).optional(),
    /** Origins that may be reached although they are not public https: for development. */
    ALLOWED_PRIVATE_ORIGINS: list.pipe(z.array(origin)),
    /** DNS over HTTPS: hosts that callers name are looked up there before they are asked. */
    RESOLVER_URL: z.url().optional(),
    /** Asked about prompt, input and output where it is set. */
    MODERATION_URL: z.url().optional(),
    MODERATION_TOKEN: z.string().optional(),
    MODERATION_SECONDS: seconds.default(5),
    /** Whether pages on this machine get client tokens for nothing: in development only. */
    PLAYGROUND: z.enum(['on', 'off']).default('off'),
    /** A body of which nothing has come for this long is given up. */
    BODY_IDLE_SECONDS: seconds.default(30),
    /** Work that an edit of a test key may take, in passes at the largest working size. */
    TEST_PASSES: z.coerce.number().positive().default(16),
    ...mailSettings,
    ...limitSettings,
    ...billingSettings,
    /**
     * How long a worker is looked for, how long an accepted run may take, and how often it is asked
     * about.
     */
    DISPATCH_SECONDS: seconds,
    RUN_SECONDS: seconds,
    POLL_SECONDS: seconds,
    /** Photos, results and the edits themselves are deleted after this. */
    RETENTION_DAYS: z.coerce
      .number()
      .min(RETENTION_RANGE.least)
      .max(RETENTION_RANGE.most)
      .default(RETENTION_DAYS),
  })
  .superRefine((settings, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (settings.BLOBS === 's3')
      for (const name of [
        'S3_ENDPOINT',
        'S3_BUCKET',
        'S3_ACCESS_KEY_ID',
        'S3_SECRET_ACCESS_KEY',
      ] as const)
        if (settings[name] === undefined) fault(name, 'is required if BLOBS is s3')
    // R2 has a door of its own for each jurisdiction, and knows a bucket of another only by mistake.
    const r2 = /\.r2\.cloudflarestorage\.com$/.exec(settings.S3_ENDPOINT ?? '')
    const door = /\.eu\.r2\.cloudflarestorage\.com$/.test(settings.S3_ENDPOINT ?? '')
    if (r2 !== null && door !== (settings.BUCKET_JURISDICTION === 'eu'))
      fault('S3_ENDPOINT', 'must be the door of BUCKET_JURISDICTION: ACCOUNT.eu.r2… for eu')
    if (settings.ENVIRONMENT !== 'dev' && settings.PLAYGROUND === 'on')
      fault('PLAYGROUND', 'must be off outside development')
    for (const [name, message] of mailFaults(settings)) fault(name, message)
    for (const [name, message] of billingFaults(settings)) fault(name, message)
    if (settings.ENVIRONMENT !== 'production') return
    if (settings.ALLOWED_PRIVATE_ORIGINS.length > 0)
      fault('ALLOWED_PRIVATE_ORIGINS', 'must be empty in production')
    for (const name of ['PUBLIC_ORIGIN', 'CALLBACK_ORIGIN'] as const)
      if (!settings[name].startsWith('https://')) fault(name, 'must be https in production')
  })
  .transform((settings) => ({
    ...settings,
    billing: billingOf(settings),
    priceList: priceList(settings),
    priceVersion:
      Object.keys(settings.PRICES).length === 0 ? PRICE_VERSION : `${PRICE_VERSION}+operator`,
  }))
export type Settings = z.infer<typeof Settings>

/**
 * The rates that hold: in production, a backbone with a licence of its own has none until the
 * operator has acknowledged that licence.
 */
function priceList(settings: {
  ENVIRONMENT: string
  PRICES: PriceList
  LICENCES_ACKNOWLEDGED: readonly ModelName[]
}): PriceList {
  const all = { ...defaultPrices, ...settings.PRICES }
  if (settings.ENVIRONMENT !== 'production') return all
  const sold = Object.entries(all).filter(
    ([name]) =>
      models[name as ModelName].weights === null ||
      settings.LICENCES_ACKNOWLEDGED.includes(name as ModelName),
  )
  return Object.fromEntries(sold)
}

/** @throws Error naming every setting that is wrong, never its value */
export function readSettings(env: Environment): Settings {
  const parsed = Settings.safeParse(env)
  if (!parsed.success) throw unusable(parsed.error.issues)
  const missing = parsed.data.PROVIDERS.flatMap((provider) =>
    (provider.kind === 'http' ? Object.values(provider.headers) : [provider.apiKey]).filter(
      (name) => typeof env[name] !== 'string' || env[name] === '',
    ),
  )
  if (missing.length > 0)
    throw unusable(
      missing.map((name) => ({ path: [name], message: 'is required because PROVIDERS names it' })),
    )
  return parsed.data
}

function unusable(issues: readonly { path: PropertyKey[]; message: string }[]): Error {
  const faults = issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`)
  return new Error(`the configuration is invalid: ${faults.join('; ')}`)
}

let parsed: { readonly env: Environment; readonly settings: Settings } | null = null

/** The settings of this isolate, read once. */
export function settingsOf(env: Environment): Settings {
  if (parsed === null) parsed = { env, settings: readSettings(env) }
  return parsed.settings
}

/** Origins that are ours: nobody may make us call them on their behalf. */
export function ownOrigins(settings: Settings): string[] {
  const providers = settings.PROVIDERS.map(({ url }) => url)
  return [settings.PUBLIC_ORIGIN, settings.CALLBACK_ORIGIN, ...providers]
}

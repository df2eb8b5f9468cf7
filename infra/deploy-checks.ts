/**
 * Checks of the edge's configuration before a deploy: bindings, settings, secrets, licences. Deploys
 * nothing.
 */

import { readSettings } from '../edge/settings/settings.ts'
import { type Model, models } from '../shared/models.ts'
import { newSecrets } from './secrets.ts'

/** The part of wrangler's configuration that is checked. */
export type DeployConfig = {
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[]
  }
  readonly migrations: readonly { readonly new_sqlite_classes?: readonly string[] }[]
  readonly r2_buckets: readonly { readonly binding: string; readonly jurisdiction?: string }[]
  readonly ratelimits?: readonly { readonly name: string }[]
  readonly vars: Readonly<Record<string, unknown>>
}

export const deployable = ['staging', 'production'] as const
export type Deployable = (typeof deployable)[number]

const OBJECTS = {
  ACCOUNTS: 'AccountObject',
  DIRECTORY: 'DirectoryObject',
  EDITS: 'EditObject',
  OWNERS: 'OwnerObject',
  PROVIDERS_STATE: 'ProviderObject',
}

/**
 * Every reason not to deploy.
 *
 * @param secrets names of the secrets that are set; null skips that check
 */
export function deployFaults(
  config: DeployConfig,
  environment: Deployable,
  secrets: readonly string[] | null,
): string[] {
  return [
    ...bindingFaults(config),
    ...(config.vars.ENVIRONMENT === environment
      ? []
      : [`ENVIRONMENT is ${config.vars.ENVIRONMENT}, not ${environment}`]),
    ...jurisdictionFaults(config),
    ...settingFaults(config.vars, secrets),
    ...placeholderFaults(config.vars),
    ...secretFaults(config.vars, secrets),
    ...licenceFaults(config.vars),
  ]
}

/** What is said of an environment that can be deployed, but without its console. */
export function consoleNotice({ vars }: DeployConfig): string {
  return mailsOf(vars) ? '' : ', without the console: MAIL names no mail provider'
}

function mailsOf({ MAIL = 'off' }: DeployConfig['vars']): boolean {
  return MAIL !== 'off'
}

function bindingFaults({ durable_objects, migrations, r2_buckets, ratelimits }: DeployConfig) {
  const bound = Object.fromEntries(
    durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
  )
  const made = migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes ?? [])
  return [
    ...Object.entries(OBJECTS).flatMap(([name, className]) => [
      ...(bound[name] === className ? [] : [`${name} is not bound to ${className}`]),
      ...(made.includes(className) ? [] : [`no migration creates ${className}`]),
    ]),
    ...(r2_buckets.some(({ binding }) => binding === 'BUCKET') ? [] : ['BUCKET is not bound']),
    ...['READS', 'PLANS', 'MASKS', 'SIGN_INS', 'EVENTS'].flatMap((limit) =>
      ratelimits?.some(({ name }) => name === limit) ? [] : [`${limit} is not bound`],
    ),
  ]
}

/** What the edge promises of its bucket must be true of the one that is bound. */
function jurisdictionFaults({ r2_buckets, vars }: DeployConfig): string[] {
  const bound = r2_buckets.find(({ binding }) => binding === 'BUCKET')?.jurisdiction
  const said = vars.BUCKET_JURISDICTION
  if (bound === said) return []
  return [`BUCKET_JURISDICTION is ${said ?? 'not set'}, that of BUCKET is ${bound ?? 'not set'}`]
}

/** The edge's own settings check, with dummy secrets. */
function settingFaults(vars: DeployConfig['vars'], secrets: readonly string[] | null): string[] {
  const standIns = Object.fromEntries(secretNames(vars).map((name) => [name, 'x'.repeat(20)]))
  try {
    readSettings({ ...standIns, ...stripeStandIns(vars, secrets), ...newSecrets(), ...vars })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Secrets for Stripe that fit the settings: where credit is sold, and those that are set in any case. */
function stripeStandIns(
  vars: DeployConfig['vars'],
  secrets: readonly string[] | null,
): Record<string, string> {
  const mode = vars.ENVIRONMENT === 'production' ? 'live' : 'test'
  const fitting = {
    STRIPE_SECRET_KEY: `sk_${mode}_${'x'.repeat(20)}`,
    STRIPE_WEBHOOK_SECRETS: `whsec_${'x'.repeat(20)}`,
  }
  const there = (name: string) => sellsCredit(vars) || secrets?.includes(name)
  return Object.fromEntries(Object.entries(fitting).filter(([name]) => there(name)))
}

function sellsCredit({ TOPUP_PACKS }: DeployConfig['vars']): boolean {
  return !['', '[]'].includes(String(TOPUP_PACKS ?? '').trim())
}

/** Placeholders of the delivered wrangler.toml that were not replaced. */
function placeholderFaults(vars: DeployConfig['vars']): string[] {
  const placeholder = /\.example(?![\w.])|workspace--|"endpointid"|\/\/accountid\./
  return Object.entries(vars)
    .filter(([, value]) => placeholder.test(String(value)))
    .map(([name]) => `${name} still contains a placeholder from wrangler.toml`)
}

function secretFaults(vars: DeployConfig['vars'], secrets: readonly string[] | null): string[] {
  const needed = secretNames(vars)
  return [
    ...[...new Set([...needed, ...OPTIONAL_SECRETS])]
      .filter((name) => name in vars)
      .map(
        (name) =>
          `${name} is a secret and must not be in wrangler.toml: remove it there, and replace the secret`,
      ),
    ...(secrets === null ? [] : needed)
      .filter((name) => !secrets?.includes(name))
      .map((name) => `the secret ${name} is not set`),
  ]
}

/** Secrets of what may be off: they do not belong in wrangler.toml even then. */
const OPTIONAL_SECRETS = [
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRETS',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'MAIL_API_KEY',
  'RUNPOD_API_KEY',
]

/** Secrets that every edge needs, and those that its settings name. */
function secretNames(vars: DeployConfig['vars']): string[] {
  return [
    ...Object.keys(newSecrets()),
    ...(sellsCredit(vars) ? ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS'] : []),
    ...(vars.BLOBS === 's3' ? ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] : []),
    ...(mailsOf(vars) ? ['MAIL_API_KEY'] : []),
    ...providersOf(vars).flatMap(({ kind, apiKey, headers }) =>
      kind === 'runpod' ? [apiKey ?? 'RUNPOD_API_KEY'] : Object.values(headers ?? {}),
    ),
  ]
}

function licenceFaults(vars: DeployConfig['vars']): string[] {
  const acknowledged = String(vars.LICENCES_ACKNOWLEDGED ?? '').split(',')
  const known: Readonly<Record<string, Model>> = models
  const offered = new Set(providersOf(vars).flatMap(({ models }) => models ?? []))
  return [...offered].flatMap((model) => {
    const weights = known[model]?.weights ?? null
    if (weights === null || acknowledged.includes(model)) return []
    return [
      `${model} is offered under the ${weights.licence} (${weights.licenceUrl}): add it to LICENCES_ACKNOWLEDGED once you are licensed to sell it, or remove it from PROVIDERS`,
    ]
  })
}

type Provider = {
  readonly kind?: string
  readonly apiKey?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly models?: readonly string[]
}

/** The providers, as far as they can be read; the edge's own schema reports the rest. */
function providersOf({ PROVIDERS }: DeployConfig['vars']): readonly Provider[] {
  try {
    const parsed: unknown = JSON.parse(String(PROVIDERS))
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

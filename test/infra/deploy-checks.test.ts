/** What is deployed, as far as that can be judged without an account. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { readRunPodConfig, readServerConfig } from '../../gpu-worker/config.ts'
import {
  consoleNotice,
  type Deployable,
  type DeployConfig,
  deployable,
  deployFaults,
} from '../../infra/deploy-checks.ts'
import { newSecrets, publicKeyOf } from '../../infra/secrets.ts'
import { FakeRunPod } from '../fixtures/servers/runpod.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const json = (name: string) => JSON.parse(readFileSync(path(name), 'utf8'))
const read = (name: Deployable): DeployConfig =>
  unstable_readConfig({ config: path('wrangler.toml'), env: name })

/** An environment as an operator leaves it. */
function filledIn(name: Deployable, change: Record<string, unknown> = {}): DeployConfig {
  const config = read(name)
  const providers = String(config.vars.PROVIDERS)
    .replace('workspace--', 'shop--')
    .replace('endpointid', 'abc123')
  const vars = {
    ...config.vars,
    PUBLIC_ORIGIN: 'https://api.shop.com',
    CALLBACK_ORIGIN: 'https://api.shop.com',
    PROVIDERS: providers,
    ...(name === 'production' && {
      S3_ENDPOINT: 'https://0123.r2.cloudflarestorage.com',
      LICENCES_ACKNOWLEDGED: 'flux1-kontext-dev',
    }),
    ...change,
  }
  return { ...config, vars: Object.fromEntries(Object.entries(vars).filter(([, v]) => v !== null)) }
}

const secrets = [
  ...Object.keys(newSecrets()),
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'RUNPOD_API_KEY',
  'MODAL_KEY',
  'MODAL_SECRET',
]

describe.each(deployable)('%s', (name) => {
  test('the configuration in the repository lacks only what an operator must fill in', () => {
    const faults = deployFaults(read(name), name, null)
    expect(faults.length).toBeGreaterThan(2)
    for (const fault of faults) expect(fault).toMatch(/placeholder|LICENCES_ACKNOWLEDGED/)
  })

  test('whoever sells credit has the secrets of Stripe', () => {
    const packs = JSON.stringify([{ id: 'small', amount: 10_000_000 }])
    const config = filledIn(name, { TOPUP_PACKS: packs })
    expect(deployFaults(config, name, secrets)).toEqual([
      'the secret STRIPE_SECRET_KEY is not set',
      'the secret STRIPE_WEBHOOK_SECRETS is not set',
    ])
    const all = [...secrets, 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS']
    expect(deployFaults(config, name, all)).toEqual([])
    const odd = filledIn(name, { TOPUP_PACKS: packs.replace('10000000', '10000001') })
    expect(deployFaults(odd, name, all).join()).toContain('TOPUP_PACKS.0')
  })

  test.each(['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS', 'MAIL_API_KEY'])(
    'a secret of what is off is not in the file either: %s',
    (secret) => {
      const config = filledIn(name, {
        TOPUP_PACKS: null,
        MAIL: null,
        [secret]: 'sk_live_0123456789',
      })
      expect(deployFaults(config, name, null).join()).toContain(
        `${secret} is a secret and must not be in wrangler.toml`,
      )
    },
  )

  test('with secrets of Stripe, but nothing to sell, no request would be answered', () => {
    const set = (...more: string[]) => deployFaults(filledIn(name), name, [...secrets, ...more])
    const both = set('STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS')
    expect(both.join()).toContain('TOPUP_PACKS: is required if STRIPE_SECRET_KEY is set')
    expect(set('STRIPE_SECRET_KEY').join()).toContain('STRIPE_WEBHOOK_SECRETS: is required')
    expect(set('STRIPE_WEBHOOK_SECRETS').join()).toContain('STRIPE_SECRET_KEY: is required')
  })

  test.each(['READS', 'PLANS', 'MASKS', 'SIGN_INS', 'EVENTS'])(
    'is not deployed without the rate limit %s',
    (limit) => {
      const config = filledIn(name)
      const ratelimits = config.ratelimits?.filter((one) => one.name !== limit) ?? []
      expect(deployFaults({ ...config, ratelimits }, name, secrets)).toEqual([
        `${limit} is not bound`,
      ])
    },
  )

  test('with every placeholder filled in, the configuration is valid', () => {
    expect(deployFaults(filledIn(name), name, secrets)).toEqual([])
  })

  test('a bucket is bound where the settings say that it is', () => {
    const bound = (jurisdiction: string | undefined, said: string | null) => {
      const config = filledIn(name, {
        BUCKET_JURISDICTION: said,
        ...(said === 'eu' && { S3_ENDPOINT: 'https://0123.eu.r2.cloudflarestorage.com' }),
      })
      const [bucket] = config.r2_buckets
      const r2_buckets =
        bucket === undefined ? [] : [{ ...bucket, ...(jurisdiction && { jurisdiction }) }]
      return deployFaults({ ...config, r2_buckets }, name, secrets)
    }
    expect(bound('eu', 'eu')).toEqual([])
    expect(bound(undefined, 'eu')).toEqual(['BUCKET_JURISDICTION is eu, that of BUCKET is not set'])
    expect(bound('eu', null)).toEqual(['BUCKET_JURISDICTION is not set, that of BUCKET is eu'])
  })

  test('a secret that is not set is named', () => {
    const some = secrets.filter((secret) => secret !== 'KEY_PEPPERS')
    expect(deployFaults(filledIn(name), name, some)).toEqual(['the secret KEY_PEPPERS is not set'])
  })

  test("the other environment's configuration is rejected", () => {
    const other = name === 'staging' ? 'production' : 'staging'
    expect(deployFaults(filledIn(name), other, secrets)).toContain(
      `ENVIRONMENT is ${name}, not ${other}`,
    )
  })
})

test.each([
  [{ LICENCES_ACKNOWLEDGED: '' }, 'flux1-kontext-dev is offered under'],
  [{ ALLOWED_PRIVATE_ORIGINS: 'http://127.0.0.1:8788' }, 'ALLOWED_PRIVATE_ORIGINS'],
  [{ PUBLIC_ORIGIN: 'http://api.shop.com' }, 'PUBLIC_ORIGIN'],
  [
    { OPERATOR_TOKEN: 'in plain sight, in the file' },
    'OPERATOR_TOKEN is a secret and must not be in',
  ],
  [{ PROVIDERS: 'nonsense' }, 'PROVIDERS'],
  [{ S3_BUCKET: null }, 'S3_BUCKET'],
])('production with %j is not deployed', (change, fault) => {
  expect(deployFaults(filledIn('production', change), 'production', secrets).join()).toContain(
    fault,
  )
})

test('the console is mailed from, or plainly off', () => {
  const off = filledIn('production')
  expect(consoleNotice(off)).toContain('without the console')
  const MAIL_FROM = 'hello@shop.com'
  const on = filledIn('production', { MAIL: 'resend', MAIL_FROM })
  expect(consoleNotice(on)).toBe('')
  expect(deployFaults(on, 'production', secrets)).toEqual(['the secret MAIL_API_KEY is not set'])
  expect(deployFaults(on, 'production', [...secrets, 'MAIL_API_KEY'])).toEqual([])
  const printed = deployFaults(filledIn('production', { MAIL: 'print' }), 'production', secrets)
  expect(printed.join()).toContain('MAIL: may be print in development only')
})

test('a class without a binding, or without a migration, is a fault', () => {
  const config = filledIn('staging')
  const faults = deployFaults({ ...config, durable_objects: { bindings: [] } }, 'staging', secrets)
  expect(faults).toContain('EDITS is not bound to EditObject')
  expect(deployFaults({ ...config, migrations: [] }, 'staging', secrets)).toContain(
    'no migration creates AccountObject',
  )
})

test('environments share no bucket, rate limit or dataset', () => {
  const [staging, production] = deployable.map((name) =>
    unstable_readConfig({ config: path('wrangler.toml'), env: name }),
  )
  for (const names of [
    [staging, production].map((config) => config?.r2_buckets[0]?.bucket_name),
    [staging, production].map((config) => config?.ratelimits[0]?.namespace_id),
    [staging, production].map((config) => config?.analytics_engine_datasets[0]?.dataset),
  ])
    expect(new Set(names).size).toBe(2)
})

test('the CORS rules of the bucket allow the uploads that URLs are signed for', () => {
  const [cors] = json('infra/bucket/cors.json').rules
  expect(cors.allowed).toEqual({
    origins: ['*'],
    methods: ['GET', 'PUT'],
    headers: ['content-type'],
  })
})

test("RunPod's template is a valid worker configuration", async () => {
  const { env } = json('infra/runpod/template.json')
  const runpod = await FakeRunPod.start()
  const container = {
    ...env,
    ...runpod.environment,
    RUN_PUBLIC_KEYS: publicKeyOf(newSecrets()),
  }
  await runpod.stop()
  expect(readServerConfig(container)).toMatchObject({
    ADAPTER: 'runpod-queue',
    EXECUTION_PROVIDER: 'cuda',
    MODELS: ['flux1-kontext-dev'],
  })
  expect(readRunPodConfig(container).RUNPOD_POD_ID).not.toBe('')
  const endpoint = json('infra/runpod/endpoint.json')
  expect(endpoint.executionTimeoutMs).toBeGreaterThanOrEqual(
    1000 * Number(read('production').vars.RUN_SECONDS),
  )
  expect(endpoint.scalerType).toBe('QUEUE_DELAY')
})

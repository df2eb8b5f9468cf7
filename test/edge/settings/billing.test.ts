import { expect, test } from 'vitest'
import { readSettings } from '../../../edge/settings/settings.ts'
import { bindings } from '../app.ts'

const read = (change: Record<string, unknown>) => () => readSettings({ ...bindings, ...change })
const packs = (...all: object[]) => JSON.stringify(all)
const OFF = { STRIPE_SECRET_KEY: undefined, STRIPE_WEBHOOK_SECRETS: undefined }

test('billing is off without a key of Stripe, and on with one, secrets and packs', () => {
  expect(read({ ...OFF, TOPUP_PACKS: undefined })().billing).toBeNull()
  expect(read({})().billing).toMatchObject({
    webhookSecrets: ['whsec_newer-newer-newer', 'whsec_older-older-older'],
    packs: [
      { id: 'small', amount: 10_000_000, credit: 10_000_000 },
      { id: 'large', amount: 50_000_000, credit: 60_000_000 },
    ],
    url: 'https://api.stripe.com',
    currency: 'USD',
    minorUnit: 10_000,
  })
})

test.each([
  ['STRIPE_SECRET_KEY', { STRIPE_SECRET_KEY: 'pk_test_double0000000' }],
  ['STRIPE_SECRET_KEY', { STRIPE_SECRET_KEY: undefined }],
  // A live key would charge real cards in development.
  ['STRIPE_SECRET_KEY', { STRIPE_SECRET_KEY: 'sk_live_double0000000' }],
  ['STRIPE_WEBHOOK_SECRETS', { STRIPE_WEBHOOK_SECRETS: undefined }],
  ['STRIPE_WEBHOOK_SECRETS', { STRIPE_WEBHOOK_SECRETS: 'secret-of-somebody' }],
  ['STRIPE_URL', { STRIPE_URL: 'api.stripe.com' }],
  ['TOPUP_PACKS', { TOPUP_PACKS: undefined }],
  ['TOPUP_PACKS', { TOPUP_PACKS: 'small' }],
  ['TOPUP_PACKS', { TOPUP_PACKS: packs({ id: 'Small', amount: 10_000_000 }) }],
  ['TOPUP_PACKS', { TOPUP_PACKS: packs({ id: 'small', amount: -10_000_000 }) }],
  ['TOPUP_PACKS', { TOPUP_PACKS: packs({ id: 'small', amount: 10_000_000, price: 1 }) }],
  ['TOPUP_PACKS.0', { TOPUP_PACKS: packs({ id: 'small', amount: 10_000_001 }) }],
  [
    'TOPUP_PACKS.0',
    { TOPUP_PACKS: packs({ id: 'small', amount: 30_000_000, credit: 35_000_000 }) },
  ],
  [
    'TOPUP_PACKS.1',
    { TOPUP_PACKS: packs({ id: 'a', amount: 1_000_000 }, { id: 'a', amount: 2_000_000 }) },
  ],
  ['CURRENCY', { CURRENCY: 'KWD' }],
  ['TRIAL_CREDIT', { TRIAL_CREDIT: '-1' }],
  ['TRIALS_PER_DAY', { TRIALS_PER_DAY: 'many' }],
])('a fault in %s stops the boot: %j', (name, change) => {
  expect(read(change)).toThrow(name)
})

test('yen have no cents', () => {
  const change = { CURRENCY: 'JPY', TOPUP_PACKS: packs({ id: 'a', amount: 1_500_000_000 }) }
  expect(read(change)().billing).toMatchObject({ minorUnit: 1_000_000 })
  expect(read({ ...change, TOPUP_PACKS: packs({ id: 'a', amount: 1_500_000 }) })).toThrow('JPY')
})

test('production takes live keys only, from Stripe itself', () => {
  const production = {
    ENVIRONMENT: 'production',
    STRIPE_SECRET_KEY: 'rk_live_double0000000',
    PROVIDERS: JSON.stringify([
      { kind: 'http', name: 'a', url: 'https://a.example.com', models: ['instant'] },
    ]),
  }
  expect(read(production)).not.toThrow()
  expect(read({ ...production, STRIPE_SECRET_KEY: 'sk_test_double0000000' })).toThrow('live key')
  expect(read({ ...production, STRIPE_URL: 'http://127.0.0.1:1' })).toThrow('STRIPE_URL')
  expect(read({ ...production, ...OFF, STRIPE_URL: 'http://127.0.0.1:1' })).toThrow('STRIPE_URL')
})

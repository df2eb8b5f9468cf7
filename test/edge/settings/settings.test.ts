import { describe, expect, test } from 'vitest'
import type { Bindings } from '../../../edge/bindings.ts'
import { readSettings } from '../../../edge/settings/settings.ts'
import { bindings } from '../app.ts'

const bent = (change: Record<string, unknown>) => () =>
  readSettings({ ...bindings, ...change } as Bindings)

test('the bindings of this test are usable', () => {
  expect(readSettings(bindings)).toMatchObject({
    PUBLIC_ORIGIN: 'https://api.example.com',
    PROVIDERS: [
      { name: 'first', slots: 50 },
      { name: 'first.instant', slots: 2 },
      { name: 'second', slots: 1 },
    ],
  })
})

test.each([
  ['PUBLIC_ORIGIN', undefined],
  ['CALLBACK_ORIGIN', 'https://a.example/path'],
  ['PROVIDERS', 'nowhere'],
  ['PROVIDERS', '[{"kind":"http","name":"a","url":"https://a.example/x","models":["embedded"]}]'],
  ['OPERATOR_TOKEN', 'short'],
  ['KEY_PEPPERS', '1:short'],
  ['KEY_PEPPERS', '2:one-secret-of-ours-1,1:one-secret-of-ours-2,2:one-secret-of-ours-3'],
  ['MAIL_URL', 'ftp://mail.example/send'],
  ['BLOB_SECRET', ''],
  ['RUN_SIGNING_KEY', 'no key'],
  ['BLOBS', 'ftp'],
  ['PRICES', '{"embedded":{"base":-1,"perStepMegapixel":0}}'],
  ['PRICES', '{"instant":{"base":1,"perStepMegapixel":0}}'],
  ['MODERATION_URL', 'somewhere'],
  ['RESOLVER_URL', 'cloudflare-dns.com'],
  ['RUN_SECONDS', 'soon'],
  ['ALLOWED_PRIVATE_ORIGINS', 'localhost'],
])('a fault in %s is named, its value is not', (name, value) => {
  expect(bent({ [name]: value })).toThrow(name)
  if (value) expect(bent({ [name]: value })).not.toThrow(value)
})

test('secrets that a setting names must be set', () => {
  const provider = { kind: 'runpod', name: 'pod', models: ['embedded'], endpoint: 'abc' }
  expect(bent({ PROVIDERS: JSON.stringify([provider]) })).toThrow('RUNPOD_API_KEY')
  expect(bent({ PROVIDERS: JSON.stringify([provider]), RUNPOD_API_KEY: 'x' })).not.toThrow()
  expect(bent({ BLOBS: 's3' })).toThrow('S3_ENDPOINT')
})

test('the door of an R2 bucket is that of its jurisdiction', () => {
  const at = (S3_ENDPOINT: string, BUCKET_JURISDICTION?: string) =>
    bent({ S3_ENDPOINT, BUCKET_JURISDICTION })
  expect(at('https://0123.r2.cloudflarestorage.com')).not.toThrow()
  expect(at('https://0123.eu.r2.cloudflarestorage.com', 'eu')).not.toThrow()
  expect(at('https://0123.r2.cloudflarestorage.com', 'eu')).toThrow('S3_ENDPOINT')
  expect(at('https://0123.eu.r2.cloudflarestorage.com')).toThrow('S3_ENDPOINT')
  // Of another server, nothing is known.
  expect(at('https://s3.shop.example', 'eu')).not.toThrow()
  expect(at('https://s3.shop.example', 'mars')).toThrow('BUCKET_JURISDICTION')
})

test('only development gives out free tokens', () => {
  expect(bent({ PLAYGROUND: 'on' })).not.toThrow()
  for (const ENVIRONMENT of ['staging', 'production'])
    expect(bent({ ENVIRONMENT, PLAYGROUND: 'on' })).toThrow('PLAYGROUND')
})

describe('mails', () => {
  const NO_STRIPE = { STRIPE_WEBHOOK_SECRETS: '', TOPUP_PACKS: '[]' }
  const MAIL_FROM = 'ContextDrag <hello@example.com>'

  test.each(['resend', 'postmark'])('%s needs a sender and a key', (MAIL) => {
    expect(bent({ MAIL, MAIL_FROM })).toThrow('MAIL_API_KEY')
    expect(bent({ MAIL, MAIL_API_KEY: 'a-key-of-ours' })).toThrow('MAIL_FROM')
    expect(bent({ MAIL, MAIL_FROM, MAIL_API_KEY: 'a-key-of-ours' })).not.toThrow()
  })

  test('go out over https, and so does the console, except in development', () => {
    const mails = { MAIL: 'resend', MAIL_FROM, MAIL_API_KEY: 'a-key-of-ours' }
    const plain = { MAIL_URL: 'http://mail.example/send' }
    const page = { PUBLIC_ORIGIN: 'http://api.example.com' }
    expect(bent({ ...mails, ...plain, ...page })).not.toThrow()
    for (const ENVIRONMENT of ['staging', 'production'] as const) {
      const here = { ...mails, ENVIRONMENT, STRIPE_SECRET_KEY: undefined, ...NO_STRIPE }
      expect(bent(here)).not.toThrow()
      expect(bent({ ...here, MAIL_URL: 'https://mail.example/send' })).not.toThrow()
      expect(bent({ ...here, ...plain })).toThrow('MAIL_URL')
      expect(bent({ ...here, ...page })).toThrow('PUBLIC_ORIGIN')
    }
    expect(bent({ ENVIRONMENT: 'staging', ...page })).not.toThrow()
  })

  test('are printed in development only, and off unless set', () => {
    expect(readSettings(bindings).MAIL).toBe('off')
    expect(bent({ MAIL: 'print' })).not.toThrow()
    for (const ENVIRONMENT of ['staging', 'production'])
      expect(bent({ ENVIRONMENT, MAIL: 'print' })).toThrow('MAIL')
    expect(bent({ MAIL: 'pigeon' })).toThrow('MAIL')
    expect(bent({ MAIL_FROM: 'a@example.com\r\nBcc: b@example.com' })).toThrow('MAIL_FROM')
  })
})

describe('production', () => {
  const production = { ENVIRONMENT: 'production', STRIPE_SECRET_KEY: 'sk_live_double0000000' }

  test.each([
    ['ALLOWED_PRIVATE_ORIGINS', 'http://127.0.0.1:8788'],
    ['PUBLIC_ORIGIN', 'http://api.example.com'],
    ['CALLBACK_ORIGIN', 'http://api.example.com'],
  ])('refuses %s = %s', (name, value) => {
    expect(bent({ ...production, [name]: value })).toThrow(name)
  })

  test('a backbone under a non-commercial licence has no price until it is acknowledged', () => {
    const prices = (change: Record<string, string>) =>
      Object.keys(readSettings({ ...bindings, ...production, ...change } as Bindings).priceList)
    expect(prices({})).toEqual(['instant', 'embedded', 'embedded-fast'])
    expect(prices({ LICENCES_ACKNOWLEDGED: 'flux1-kontext-dev' })).toContain('flux1-kontext-dev')
  })
})

test("the operator's own prices replace those of the list, and show in the version", () => {
  const { priceList, priceVersion } = readSettings({
    ...bindings,
    PRICES: '{"embedded":{"base":1,"perStepMegapixel":2},"instant":{"base":3,"perMegapixel":4}}',
  } as Bindings)
  expect(priceList.instant).toEqual({ base: 3, perMegapixel: 4 })
  expect(priceList.embedded).toEqual({ base: 1, perStepMegapixel: 2 })
  expect(priceList['embedded-fast']).toEqual({ base: 100, perStepMegapixel: 200 })
  expect(priceVersion).toMatch(/operator/)
})

test('over HTTP, a provider has a queue for each kind of engine; over RunPod it has one', () => {
  const of = (provider: Record<string, unknown>) => {
    const PROVIDERS = JSON.stringify([{ name: 'a', ...provider }])
    const settings = readSettings({ ...bindings, PROVIDERS, RUNPOD_API_KEY: 'x' } as Bindings)
    return settings.PROVIDERS.map(({ name, models, slots }) => ({ name, models, slots }))
  }
  const http = { kind: 'http', url: 'https://a.example', slots: 3 }
  const models = ['instant', 'embedded']
  expect(of({ ...http, models })).toEqual([
    { name: 'a', models: ['embedded'], slots: 3 },
    { name: 'a.instant', models: ['instant'], slots: 2 },
  ])
  expect(of({ ...http, models: ['instant'], instantSlots: 8 })).toEqual([
    { name: 'a.instant', models: ['instant'], slots: 8 },
  ])
  expect(of({ ...http, models: ['embedded'] })).toEqual([
    { name: 'a', models: ['embedded'], slots: 3 },
  ])
  const pod = { kind: 'runpod', endpoint: 'abc', slots: 3, models }
  expect(of(pod)).toEqual([{ name: 'a', models, slots: 3 }])
})

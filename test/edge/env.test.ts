import { expect, test } from 'vitest'
import { type Bindings, readSettings } from '../../edge/env.ts'
import { bindings } from './app.ts'

const bent = (change: Record<string, unknown>) => () =>
  readSettings({ ...bindings, ...change } as Bindings)

test('the bindings of this test are usable', () => {
  expect(readSettings(bindings)).toMatchObject({
    PUBLIC_ORIGIN: 'https://api.example.com',
    MODELS: ['embedded', 'embedded-fast'],
  })
})

test.each([
  ['PUBLIC_ORIGIN', undefined],
  ['CALLBACK_ORIGIN', 'https://a.example/path'],
  ['WORKER_URL', 'nowhere'],
  ['API_KEY', 'short'],
  ['WORKER_TOKEN', undefined],
  ['BLOB_SECRET', ''],
  ['MODELS', 'embedded,flux9'],
  ['RUN_SECONDS', 'soon'],
  ['ALLOWED_PRIVATE_ORIGINS', 'localhost'],
])('a fault in %s is named, its value is not', (name, value) => {
  expect(bent({ [name]: value })).toThrow(name)
  if (value) expect(bent({ [name]: value })).not.toThrow(value)
})

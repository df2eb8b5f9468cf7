import { expect, test } from 'vitest'
import { readBaseConfig, readServerConfig } from '../../gpu-worker/config.ts'

const server = { RUN_PUBLIC_KEYS: 'A'.repeat(43), ALLOWED_ORIGINS: 'https://edge.example' }

test('has defaults for everything but its keys and its origins', () => {
  expect(readBaseConfig({})).toMatchObject({ PROVIDER: 'cpu', THREADS: expect.any(Number) })
  expect(readServerConfig(server)).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8788,
    ALLOWED_ORIGINS: ['https://edge.example'],
    MODELS: ['embedded', 'embedded-fast'],
  })
})

test.each([
  [{}, 'RUN_PUBLIC_KEYS'],
  [{ ...server, RUN_PUBLIC_KEYS: 'short' }, 'RUN_PUBLIC_KEYS'],
  [{ ...server, ALLOWED_ORIGINS: '' }, 'ALLOWED_ORIGINS'],
  [{ ...server, ALLOWED_ORIGINS: 'https://edge.example/path' }, 'ALLOWED_ORIGINS'],
  [{ ...server, PROVIDER: 'gpu' }, 'PROVIDER'],
  [{ ...server, PORT: 'http' }, 'PORT'],
  [{ ...server, KEEP_LOADED: 'everything' }, 'KEEP_LOADED'],
  [{ ...server, MODELS: 'embedded,flux9' }, 'MODELS'],
])('a fault in %j stops the boot by name', (env, name) => {
  expect(() => readServerConfig(env as Record<string, string>)).toThrow(name)
})

test('the message never holds a secret', () => {
  const leak = () => readServerConfig({ RUN_PUBLIC_KEYS: 'hunter2', ALLOWED_ORIGINS: 'x' })
  expect(leak).toThrow(/RUN_PUBLIC_KEYS/)
  expect(leak).not.toThrow(/hunter2/)
})

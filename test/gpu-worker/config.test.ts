import { expect, test } from 'vitest'
import { readBaseConfig, readServerConfig } from '../../gpu-worker/config.ts'

const server = { WORKER_TOKEN: 'a-token-of-some-length', ALLOWED_ORIGINS: 'https://edge.example' }

test('has defaults for everything but its secret and its origins', () => {
  expect(readBaseConfig({})).toMatchObject({ PROVIDER: 'cpu', THREADS: expect.any(Number) })
  expect(readServerConfig(server)).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8788,
    ALLOWED_ORIGINS: ['https://edge.example'],
    MODELS: ['embedded', 'embedded-fast'],
  })
})

test.each([
  [{}, 'WORKER_TOKEN'],
  [{ ...server, WORKER_TOKEN: 'short' }, 'WORKER_TOKEN'],
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
  const leak = () => readServerConfig({ WORKER_TOKEN: 'hunter2', ALLOWED_ORIGINS: 'x' })
  expect(leak).toThrow(/WORKER_TOKEN/)
  expect(leak).not.toThrow(/hunter2/)
})

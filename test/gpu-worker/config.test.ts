import { expect, test } from 'vitest'
import {
  openOptions,
  readBaseConfig,
  readServerConfig,
  withWeights,
} from '../../gpu-worker/config.ts'
import type { BackboneName } from '../../shared/backbones.ts'

const server = { RUN_PUBLIC_KEYS: 'A'.repeat(43), ALLOWED_ORIGINS: 'https://edge.example' }

test('has defaults for everything except keys and origins', () => {
  expect(readBaseConfig({})).toMatchObject({
    EXECUTION_PROVIDER: 'cpu',
    THREADS: expect.any(Number),
  })
  expect(readServerConfig(server)).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8788,
    ALLOWED_ORIGINS: ['https://edge.example'],
    MODELS: ['instant', 'embedded', 'embedded-fast'],
    INSTANT_RUNS: 2,
  })
})

test.each([
  [{}, 'RUN_PUBLIC_KEYS'],
  [{ ...server, RUN_PUBLIC_KEYS: 'short' }, 'RUN_PUBLIC_KEYS'],
  [{ ...server, ALLOWED_ORIGINS: '' }, 'ALLOWED_ORIGINS'],
  [{ ...server, ALLOWED_ORIGINS: 'https://edge.example/path' }, 'ALLOWED_ORIGINS'],
  [{ ...server, EXECUTION_PROVIDER: 'gpu' }, 'EXECUTION_PROVIDER'],
  [{ ...server, PORT: 'http' }, 'PORT'],
  [{ ...server, KEEP_LOADED: 'everything' }, 'KEEP_LOADED'],
  [{ ...server, MODELS: 'embedded,flux9' }, 'MODELS'],
  [{ ...server, WEIGHTS: 'int8' }, 'WEIGHTS'],
  [{ ...server, WEIGHTS: '{"flux2-klein-4b":"int2"}' }, 'WEIGHTS.flux2-klein-4b'],
  [{ ...server, WEIGHTS: '{"embedded":"int8"}' }, 'WEIGHTS: Unrecognized key: "embedded"'],
  [{ ...server, C2PA_REQUIRED: 'yes' }, 'C2PA_REQUIRED needs C2PA_CERTIFICATES'],
  [{ ...server, C2PA_CERTIFICATES: 'a', C2PA_KEY: 'b', C2PA_REQUIRED: '1' }, 'C2PA_REQUIRED'],
])('an invalid setting in %j stops the boot and is named', (env, name) => {
  expect(() => readServerConfig(env as Record<string, string>)).toThrow(name)
})

test.each([
  [{ CHECKPOINTS: '{"flux1-kontext-dev":"/weights"}' }],
  [{ CHECKPOINT_FLUX1_KONTEXT_DEV: '/weights' }],
  [{ FLUX1_KONTEXT_DEV: '/weights' }],
  [{ CHECKPOINTS: '{"flux1-kontext-dev":"/weights"}', FLUX1_KONTEXT_DEV: '/weights' }],
])('%j is the folder of that checkpoint', (env) => {
  expect([...readServerConfig({ ...server, ...env }).checkpoints]).toEqual([
    ['flux1-kontext-dev', '/weights'],
  ])
})

test.each([
  [{ CHECKPOINTS: 'weights' }, /CHECKPOINTS: is not JSON/],
  [{ CHECKPOINTS: '{"flux9":"/weights"}' }, /CHECKPOINTS.flux9 names no backbone/],
  [{ CHECKPOINT_FLUX9: '/weights' }, /CHECKPOINT_FLUX9 names no backbone/],
  [{ CHECKPOINT_EMBEDDED: '/weights' }, /CHECKPOINT_EMBEDDED names no backbone/],
  [
    { CHECKPOINTS: '{"flux1-kontext-dev":"/a"}', CHECKPOINT_FLUX1_KONTEXT_DEV: '/b' },
    /CHECKPOINT_FLUX1_KONTEXT_DEV and another setting give different folders/,
  ],
  [
    { CHECKPOINT_FLUX1_KONTEXT_DEV: '/a', FLUX1_KONTEXT_DEV: '/b' },
    /different folders for flux1-kontext-dev/,
  ],
])('%j stops the boot', (env, message) => {
  expect(() => readServerConfig({ ...server, ...env })).toThrow(message)
})

test('weights are in low precision where WEIGHTS says so, and are kept in the cache', () => {
  const config = readBaseConfig({
    WEIGHTS: '{"flux2-klein-4b":"int4","flux1-kontext-dev":"stored"}',
    CONTEXTDRAG_CACHE: '/cache',
  })
  const low = (model: BackboneName | null) => openOptions(config, model).lowPrecision
  expect(low('flux2-klein-4b')).toEqual({ weights: 'int4', cache: '/cache' })
  expect([low('flux1-kontext-dev'), low('flux2-klein-9b'), low(null)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  const changed = withWeights(config, 'flux1-kontext-dev', 'int8')
  expect(openOptions(changed, 'flux1-kontext-dev').lowPrecision?.weights).toBe('int8')
  expect(openOptions(changed, 'flux2-klein-4b').lowPrecision?.weights).toBe('int4')
})

test.each([
  ['flux1-kontext-dev', 'int2'],
  ['embedded', 'int8'],
  ['instant', 'int8'],
] as const)('%s has no weights in %s', (model, form) => {
  expect(() => withWeights(readBaseConfig({}), model, form)).toThrow(
    `--weights ${form} with ${model}`,
  )
})

test('the message never contains a secret', () => {
  const leak = () => readServerConfig({ RUN_PUBLIC_KEYS: 'hunter2', ALLOWED_ORIGINS: 'x' })
  expect(leak).toThrow(/RUN_PUBLIC_KEYS/)
  expect(leak).not.toThrow(/hunter2/)
})

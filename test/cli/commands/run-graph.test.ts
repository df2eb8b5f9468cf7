import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const golden = join(root, 'test/fixtures/golden')

const runGraph = (...args: string[]) => contextdrag(['run-graph', ...args])

test('lists the inputs and outputs of every component', async () => {
  const { code, stdout } = await runGraph('--list')
  expect(code).toBe(0)
  for (const name of ['flux1-transformer', 'kl-encoder', 'kl-decoder', 'clip-text', 't5-encoder'])
    expect(stdout).toContain(name)
  for (const name of ['hidden_states', 'double_view_tokens', 'pooler_output', 'mean'])
    expect(stdout).toContain(name)
})

test('writes the outputs of a component with their batch axis', async () => {
  const out = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'out.safetensors')
  const { code, stderr } = await runGraph(
    'clip-text',
    '--checkpoint',
    `${golden}/clip`,
    '--inputs',
    `${golden}/clip/io.safetensors`,
    '--outputs',
    out,
    '--dtype',
    'f16',
  )
  expect([code, stderr]).toEqual([0, ''])
  const [got, wanted] = [await readTensors(out), await readTensors(`${golden}/clip/io.safetensors`)]
  expect([...got.keys()].sort()).toEqual(['last_hidden_state', 'pooler_output'])
  expect(got.get('pooler_output')?.dims).toEqual([1, 24])
  const [a, b] = [got, wanted].map(
    (tensors) => tensors.get('pooler_output')?.data as Float32Array,
  ) as [Float32Array, Float32Array]
  expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-2)
})

test.each([
  [['--dtype', 'bf16'], 'no bfloat16 kernels'],
  [['--dtype', 'f8'], 'not f32, f16 or bf16'],
])('%j is rejected with a reason', async (extra, reason) => {
  const args = [
    'clip-text',
    '--checkpoint',
    `${golden}/clip`,
    '--inputs',
    `${golden}/clip/io.safetensors`,
    '--outputs',
    '/dev/null',
  ]
  const { code, stderr } = await runGraph(...args, ...extra)
  expect([code, JSON.parse(stderr).code]).toEqual([2, 'invalid_option'])
  expect(stderr).toContain(reason)
})

test('an unknown component or a missing file is an error', async () => {
  expect(JSON.parse((await runGraph('unet')).stderr)).toMatchObject({ code: 'invalid_request' })
  expect(JSON.parse((await runGraph('clip-text', '--checkpoint', golden)).stderr)).toMatchObject({
    code: 'invalid_request',
  })
})

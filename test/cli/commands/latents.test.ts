import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { readTensors, writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { contextdrag } from '../../fixtures/cli.ts'
import { rectangleMask } from '../../fixtures/png.ts'

// 96 x 64 pixels are 4 rows of 6 tokens of embedded-fast; 4 x 64 channels each.
const grid = { rows: 4, cols: 6 }
const FEATURES = 256
let folder: string
let edit: readonly string[]
let own: Float32Array

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-latents-'))
  const photo = join(folder, 'photo.png')
  const pixels = Buffer.from(Array.from({ length: 3 * 96 * 64 }, (_, i) => (i * 37) % 251))
  await sharp(pixels, { raw: { width: 96, height: 64, channels: 3 } })
    .png()
    .toFile(photo)
  const mask = join(folder, 'mask.png')
  await writeFile(mask, await rectangleMask(96, 64, 16, 16, 32, 32))
  const drag = ['--drag', '24,24:72,24', '--mask', mask]
  edit = ['edit', photo, ...drag, '--model', 'embedded-fast', '--out', join(folder, 'out.png')]
  const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
  const backbone = await openBackbone('embedded-fast', { cache }, { provider: 'cpu', threads: 1 })
  own = backbone.noise(7, grid)
  await backbone.close()
})

const noiseFile = async (name: string, dims: number[], data: Float32Array) => {
  const path = join(folder, `${name}.safetensors`)
  await writeFile(path, writeSafetensors([{ name: 'noise', dims, data }]))
  return path
}
async function latentsOf(name: string, ...more: string[]) {
  const out = join(folder, `${name}.safetensors`)
  const { code, stderr, stdout } = await contextdrag([
    ...edit,
    '--border',
    '0',
    ...more,
    '--latents-out',
    out,
    '--json',
  ])
  expect([code, stderr]).toEqual([0, ''])
  const tensors = await readTensors(out)
  expect([...tensors.keys()]).toEqual(['latents'])
  expect(tensors.get('latents')?.dims).toEqual([24, FEATURES])
  return { latents: [...(tensors.get('latents')?.data ?? [])], report: JSON.parse(stdout) }
}

test('the noise of a file replaces that of the seed, and the latents are those that are decoded', async () => {
  const seeded = await latentsOf('seeded', '--seed', '7')
  const file = await noiseFile('own', [24, FEATURES], own)
  const given = await latentsOf('given', '--seed', '8', '--noise', file)
  expect(given.latents).toEqual(seeded.latents)
  expect([given.report.noise, seeded.report.noise]).toEqual([file, undefined])
  const batched = await noiseFile('batched', [1, 24, FEATURES], own)
  expect((await latentsOf('again', '--noise', batched)).latents).toEqual(seeded.latents)

  const other = await latentsOf('other', '--seed', '8')
  expect(other.latents).not.toEqual(seeded.latents)
  // Outside the edit region latents end on the reference, whatever the noise; token 7 moves to 10.
  const kept = (values: unknown[]) =>
    values.filter((_, i) => ![7, 10].includes(Math.floor(i / FEATURES)))
  expect(kept(other.latents)).toEqual(kept(seeded.latents))
})

test.each([
  ['turned', [FEATURES, 24], 'is F32 [256, 24]; this edit takes F32 [24, 256]: 4 rows of 6 tokens'],
  ['short', [12, 512], 'is F32 [12, 512]; this edit takes F32 [24, 256]'],
  ['deep', [2, 12, FEATURES], 'is F32 [2, 12, 256]; this edit takes F32 [24, 256]'],
])('noise of another shape is rejected, with both shapes: %s', async (name, dims, reason) => {
  const file = await noiseFile(name, dims, own)
  const { code, stderr } = await contextdrag([...edit, '--noise', file])
  expect([code, stderr]).toEqual([2, expect.stringContaining(reason)])
})

test('a file that is missing, without noise, or for instant is rejected', async () => {
  const errorOf = async (...args: string[]) => JSON.parse((await contextdrag(args)).stderr)
  expect(await errorOf(...edit, '--noise', join(folder, 'nothing'))).toMatchObject({
    code: 'invalid_option',
    pointer: '/noise',
    detail: expect.stringContaining('nothing'),
  })
  const empty = join(folder, 'empty.safetensors')
  await writeFile(empty, writeSafetensors([]))
  expect(await errorOf(...edit, '--noise', empty)).toMatchObject({
    detail: `${empty} has no tensor noise`,
  })
  for (const [option, pointer] of [
    ['--noise', '/noise'],
    ['--latents-out', '/latentsOut'],
  ] as const)
    expect(await errorOf(...edit, '--model', 'instant', option, empty)).toMatchObject({
      code: 'invalid_option',
      pointer,
    })
  expect(await errorOf(...edit, '--latents-out', folder)).toMatchObject({
    code: 'invalid_option',
    pointer: '/latentsOut',
  })
})

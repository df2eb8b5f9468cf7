import { mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cachedBlocks } from '../../../../gpu-worker/checkpoint/blocks/cache.ts'
import type { Source } from '../../../../gpu-worker/checkpoint/blocks/write.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../../../gpu-worker/onnx/graph.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { relativeError } from '../../../fixtures/graphs.ts'

const [ROWS, COLUMNS] = [6, 80]
const golden = fileURLToPath(new URL('../../../fixtures/golden/', import.meta.url))
const newFolder = () => mkdtemp(join(tmpdir(), 'contextdrag-blocks-'))
const INT8 = { bits: 8, size: 32, scale: 'F32' } as const
const PLACE = { name: 'int8', of: '/weights' }

async function matrix(folder: string, seed = 1): Promise<Map<string, Source>> {
  const file = join(folder, 'model.safetensors')
  const data = gaussianNoise(seed, ROWS * COLUMNS)
  await writeFile(file, writeSafetensors([{ name: 'a.weight', dims: [ROWS, COLUMNS], data }]))
  const tensor = (await readSafetensors(file)).get('a.weight') as ExternalTensor
  return new Map([['a.weight', { tensor, form: INT8 }]])
}

/** The weights that a file of blocks stands for, from its bytes. */
async function weightsIn({
  dims,
  file,
  offset,
  length,
  blocks,
}: ExternalTensor): Promise<number[]> {
  if (blocks === undefined) throw new Error('no blocks')
  const bytes = await readFile(file)
  const { bits, size, scales } = blocks
  const [rows = 0, columns = 0] = dims
  const perRow = length / rows
  const count = scales.dims[1] as number
  const weight = (row: number, column: number) => {
    const byte = bytes[offset + row * perRow + Math.floor((column * bits) / 8)] as number
    const code = bits === 8 ? byte : column % 2 === 0 ? byte & 15 : byte >> 4
    const block = row * count + Math.floor(column / size)
    const scale =
      scales.type === 'F32'
        ? bytes.readFloatLE(scales.offset + 4 * block)
        : Buffer.from([
            0,
            0,
            ...bytes.subarray(scales.offset + 2 * block).subarray(0, 2),
          ]).readFloatLE()
    return scale * (code - (bits === 8 ? 128 : 8))
  }
  return Array.from({ length: rows * columns }, (_, i) =>
    weight(Math.floor(i / columns), i % columns),
  )
}

test.each([
  ['flux1', 'F32'],
  ['flux1-bf16', 'BF16'],
  ['flux1-f16', 'F16'],
  ['flux1-f8', 'F8_E4M3'],
])('the weights of %s are found again', async (name) => {
  const { tensors } = await openComponent(golden + name)
  const exact = (await openComponent(`${golden}flux1`)).tensors
  const key = 'single_transformer_blocks.0.proj_out.weight'
  const floats = async ({ file, offset, length, dims }: ExternalTensor) => {
    const part = (await readFile(file)).subarray(offset, offset + length)
    return [dims, new Float32Array(new Uint8Array(part).buffer)] as const
  }
  const [dims, wanted] = await floats(exact.get(key) as ExternalTensor)
  for (const [bits, scale, most] of [
    [8, 'F32', 0.007],
    [8, 'BF16', 0.008],
    [4, 'F32', 0.11],
  ] as const) {
    const tensor = tensors.get(key) as ExternalTensor
    const form = { bits, size: 64, scale }
    const found = await cachedBlocks(await newFolder(), PLACE, new Map([[key, { tensor, form }]]))
    expect(found.get(key)?.dims).toEqual(dims)
    // Those of three bits of fraction are as far from the float32 ones by themselves.
    const own = name === 'flux1-f8' ? 0.03 : 0
    expect(relativeError(await weightsIn(found.get(key) as ExternalTensor), wanted)).toBeLessThan(
      most + own,
    )
  }
})

test('are written once, and again if the checkpoint is', async () => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const found = await cachedBlocks(cache, PLACE, await matrix(folder))
  const { file } = found.get('a.weight') as ExternalTensor
  const first = await stat(file)
  expect((await cachedBlocks(cache, PLACE, await matrix(folder))).get('a.weight')?.file).toBe(file)
  // Written by the second `matrix`, with the same bytes: nobody looks at those.
  expect((await stat(file)).ino).not.toBe(first.ino)
  const second = await stat(file)
  const same = await matrix(folder)
  const written = new Date(Date.now() - 5000)
  await utimes(join(folder, 'model.safetensors'), written, written)
  await cachedBlocks(cache, PLACE, same)
  const third = await stat(file)
  expect(third.ino).not.toBe(second.ino)
  await cachedBlocks(cache, PLACE, same)
  expect((await stat(file)).ino).toBe(third.ino)
  expect(await readdir(cache)).toHaveLength(1)
})

test('of another form or checkpoint have a folder of their own', async () => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const sources = await matrix(folder)
  await cachedBlocks(cache, PLACE, sources)
  await cachedBlocks(cache, { ...PLACE, name: 'int4' }, sources)
  await cachedBlocks(cache, { ...PLACE, of: '/others' }, sources)
  expect(await readdir(cache)).toHaveLength(3)
})

test('of another form in the same folder replace those there', async () => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const sources = await matrix(folder)
  await cachedBlocks(cache, PLACE, sources)
  const form = { ...INT8, size: 16 }
  const tensor = (sources.get('a.weight') as Source).tensor
  const found = await cachedBlocks(cache, PLACE, new Map([['a.weight', { tensor, form }]]))
  const blocks = found.get('a.weight') as ExternalTensor
  expect([blocks.blocks?.size, blocks.length]).toEqual([16, ROWS * 80])
  expect(await readdir(cache)).toHaveLength(1)
})

test.each([
  [
    'a flipped bit of a code',
    'weights.safetensors',
    (bytes: Buffer) => flipped(bytes, bytes.length - 200),
  ],
  [
    'a flipped bit of a scale',
    'weights.safetensors',
    (bytes: Buffer) => flipped(bytes, bytes.length - 3),
  ],
  ['a file that ends too soon', 'weights.safetensors', (bytes: Buffer) => bytes.subarray(0, -1)],
  [
    'a manifest of another file',
    'manifest.json',
    (bytes: Buffer) => Buffer.from(bytes.toString().replace(/"sha256":"../, '"sha256":"zz')),
  ],
  ['a manifest that is no JSON', 'manifest.json', () => Buffer.from('{')],
])('%s is not used: the weights are written anew', async (_, name, damage) => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const sources = await matrix(folder)
  const found = await cachedBlocks(cache, PLACE, sources)
  const at = (await readdir(cache))[0] as string
  const right = await readFile(join(cache, at, name))
  await writeFile(join(cache, at, name), damage(Buffer.from(right)))
  expect(await cachedBlocks(cache, PLACE, sources)).toEqual(found)
  expect((await readFile(join(cache, at, name))).equals(right)).toBe(true)
  expect(await readdir(cache)).toEqual([at])
})

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] as number) ^ 1
  return bytes
}

test('a value that is no number is an error that names the weight, and leaves nothing behind', async () => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const sources = await matrix(folder)
  const file = join(folder, 'model.safetensors')
  const bytes = await readFile(file)
  bytes.writeFloatLE(Number.NaN, bytes.length - 40)
  await writeFile(file, bytes)
  await expect(cachedBlocks(cache, PLACE, sources)).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringContaining('a.weight has a value that is not a finite number'),
  })
  expect(await readdir(cache)).toEqual([])
})

test('several processes may write them at once', async () => {
  const [folder, cache] = [await newFolder(), await newFolder()]
  const sources = await matrix(folder)
  const all = await Promise.all([1, 2, 3].map(() => cachedBlocks(cache, PLACE, sources)))
  expect(all[1]).toEqual(all[0])
  expect(await readdir(cache)).toHaveLength(1)
})

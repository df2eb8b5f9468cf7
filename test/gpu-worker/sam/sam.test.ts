/**
 * A small SAM with the released architecture and random weights, against PyTorch
 * (test/parity/make_sam.py). Real weights have not been tested.
 */

import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { fused, kernelOf } from '../../../gpu-worker/sam/outline/refine.ts'
import type { Prompt } from '../../../gpu-worker/sam/prompt.ts'
import { Sam } from '../../../gpu-worker/sam/sam.ts'
import type { Mask } from '../../../shared/mask.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const folder = fileURLToPath(new URL('../../fixtures/golden/sam', import.meta.url))
const SIZE = { width: 128, height: 96 }
let sam: Sam
let photo: Buffer
let golden: Record<string, Float32Array>

beforeAll(async () => {
  sam = await Sam.open(folder, { provider: 'cpu', threads: 1 })
  const tensors = await readTensors(join(folder, 'io.safetensors'))
  golden = Object.fromEntries(
    [...tensors].flatMap(([name, { data }]) =>
      data instanceof Float32Array ? [[name, data] as const] : [],
    ),
  )
  photo = await sharp(Uint8Array.from(golden.photo as Float32Array), {
    raw: { ...SIZE, channels: 3 },
  })
    .png()
    .toBuffer()
})
afterAll(() => sam.close())

/** The points of the golden file: two on, one off. */
function prompts(): Prompt {
  const places = golden.points as Float32Array
  const points = [true, true, false].map((on, i) => ({
    x: places[2 * i] as number,
    y: places[2 * i + 1] as number,
    on,
  }))
  return { points, box: null }
}

const differing = (one: Mask, other: ArrayLike<number>) =>
  one.data.reduce((sum, value, i) => sum + (value === other[i] ? 0 : 1), 0)

test('returns the same mask and score as PyTorch', async () => {
  const { mask, score } = await sam.find(photo, prompts())
  expect([mask.width, mask.height]).toEqual([SIZE.width, SIZE.height])
  expect(score).toBeCloseTo(Math.max(...(golden.iou_scores as Float32Array)), 4)
  // A logit near zero may be rounded either way.
  expect(differing(mask, golden.mask as Float32Array)).toBeLessThanOrEqual(2)
  const white = mask.data.reduce((sum, value) => sum + value, 0)
  expect(white).toBeGreaterThan(1000)
  expect(white).toBeLessThan(SIZE.width * SIZE.height - 1000)
})

test('other points give another mask, and the same points the same mask', async () => {
  const [first, second, again] = [
    await sam.find(photo, prompts()),
    await sam.find(photo, { points: [{ x: 64, y: 48, on: true }], box: null }),
    await sam.find(photo, prompts()),
  ]
  expect(differing(first.mask, second.mask.data)).toBeGreaterThan(100)
  expect(differing(first.mask, again.mask.data)).toBe(0)
})

test('a refined mask is the rough one with its outline moved by at most half a kernel', async () => {
  const data = new Uint8Array(SIZE.width * SIZE.height)
  for (let y = 20; y < 70; y++) data.fill(1, y * SIZE.width + 30, y * SIZE.width + 100)
  const rough = { ...SIZE, data }
  const refined = await sam.refine(photo, rough)
  const [most, least] = [1, 0].map((value) =>
    fused(rough, { ...SIZE, data: new Uint8Array(data.length).fill(value) }, kernelOf(SIZE)),
  ) as [Mask, Mask]
  refined.data.forEach((value, i) => {
    expect(value).toBeLessThanOrEqual(most.data[i] as number)
    expect(value).toBeGreaterThanOrEqual(least.data[i] as number)
  })
})

test('a folder without SAM is an error', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'contextdrag-sam-'))
  await expect(Sam.open(empty, { provider: 'cpu' })).rejects.toMatchObject({
    code: 'model_unavailable',
  })
})

test('the command line uses SAM with --sam', async () => {
  const place = await mkdtemp(join(tmpdir(), 'contextdrag-sam-'))
  const [file, out] = [join(place, 'photo.png'), join(place, 'mask.png')]
  await writeFile(file, photo)
  const on = prompts().points.filter((prompt) => prompt.on)
  const off = prompts().points.filter((prompt) => !prompt.on)
  const text = (points: typeof on) => points.map(({ x, y }) => `${x},${y}`).join(':')
  const args = ['--sam', folder, '--add', text(on), '--remove', text(off), '--out', out]
  const made = await contextdrag(['mask', file, ...args])
  expect([made.code, made.stderr]).toEqual([0, ''])
  const { data } = await sharp(await readFile(out))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const mask = { ...SIZE, data: Uint8Array.from(data, (value) => (value > 127 ? 1 : 0)) }
  expect(differing(mask, golden.mask as Float32Array)).toBeLessThanOrEqual(2)

  const rough = join(place, 'refined.png')
  const refine = ['--sam', folder, '--refine', out, '--out', rough]
  expect((await contextdrag(['mask', file, ...refine])).code).toBe(0)
  // The inner pixels of a rough mask, with the handle, stay for any weights.
  const block = join(place, 'block.png')
  const white = { create: { width: 70, height: 50, channels: 3 as const, background: '#fff' } }
  await sharp({ create: { ...SIZE, channels: 3, background: '#000' } })
    .composite([{ input: white, left: 30, top: 20 }])
    .toFile(block)
  const drag = ['--drag', '65,45:75,45', '--model', 'embedded-fast', '--mask', block]
  const edited = ['--sam', folder, '--profile', 'paper', '--json', '--out', join(place, 'e.png')]
  const edit = await contextdrag(['edit', file, ...drag, ...edited])
  expect([edit.stderr, JSON.parse(edit.stdout)]).toMatchObject([
    '',
    { record: { mask: { foundBy: 'sam', iterations: 1, holesFilled: true } }, warnings: [] },
  ])
  const one = ['--sam', folder, '--add', '64,48', '--candidate', '1', '--out', out]
  const { candidates, covered } = JSON.parse((await contextdrag(['mask', file, ...one])).stdout)
  expect(candidates.length).toBeGreaterThan(1)
  expect(covered).toBe(Math.min(...candidates))
  const boxed = ['--sam', folder, '--box', '20,20,90,80', '--out', out]
  expect((await contextdrag(['mask', file, ...boxed])).code).toBe(0)
  for (const [wrong, pointer] of [
    [['--refine', out], '/refine'],
    [['--sam', folder], '/add'],
    [['--sam', folder, '--add', '1,2', '--within', out], '/within'],
    [['--add', '1,2', '--candidate', '1'], '/candidate'],
  ] as const) {
    const refused = await contextdrag(['mask', file, ...wrong])
    expect([refused.code, JSON.parse(refused.stderr)]).toMatchObject([2, { pointer }])
  }
})

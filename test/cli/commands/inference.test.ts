/** What the command line does with the settings of inference. */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { contextdrag } from '../../fixtures/cli.ts'
import { rectangleMask } from '../../fixtures/png.ts'

let folder: string
let edit: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-inference-'))
  const photo = join(folder, 'photo.png')
  const pixels = Buffer.from(Array.from({ length: 3 * 96 * 64 }, (_, i) => (i * 37) % 251))
  await sharp(pixels, { raw: { width: 96, height: 64, channels: 3 } })
    .png()
    .toFile(photo)
  const mask = join(folder, 'mask.png')
  await writeFile(mask, await rectangleMask(96, 64, 16, 16, 32, 32))
  edit = ['edit', photo, '--drag', '24,24:72,24', '--mask', mask, '--seed', '1', '--json']
})

test('TARGET_TOKENS=region denoises fewer tokens to nearly the same picture, and the record says so', async () => {
  async function made(TARGET_TOKENS: string) {
    const out = join(folder, `${TARGET_TOKENS}.png`)
    const args = [...edit, '--model', 'embedded-fast', '--out', out]
    const { code, stdout } = await contextdrag(args, { env: { TARGET_TOKENS } })
    expect(code).toBe(0)
    return { engine: JSON.parse(stdout).record.engine, pixels: await sharp(out).raw().toBuffer() }
  }
  const [all, region] = [await made('all'), await made('region')]
  expect(all.engine).not.toHaveProperty('targetTokens')
  expect(region.engine).toEqual({ ...all.engine, targetTokens: 'region' })
  const differences = all.pixels.map((value, i) => Math.abs(value - (region.pixels[i] as number)))
  expect(Math.max(...differences)).toBeLessThan(64)
})

test.each([
  ['embedded-fast', 'int8'],
  ['instant', 'int8'],
  ['flux1-kontext-dev', 'int2'],
])('%s has no weights in %s', async (model, form) => {
  const args = [...edit, '--model', model, '--weights', form, '--out', join(folder, 'out.png')]
  const { code, stderr } = await contextdrag(args)
  expect([code, JSON.parse(stderr)]).toMatchObject([
    2,
    {
      code: 'invalid_option',
      pointer: '/weights',
      detail: expect.stringContaining(`--weights ${form} with ${model}`),
    },
  ])
})

test('a form of weights that there is not is named with its backbone', async () => {
  const args = [...edit, '--model', 'embedded-fast', '--out', join(folder, 'out.png')]
  const env = { WEIGHTS: '{"flux2-klein-4b":"int2"}' }
  const { code, stderr } = await contextdrag(args, { env })
  expect([code, JSON.parse(stderr).detail]).toEqual([
    2,
    expect.stringContaining('WEIGHTS.flux2-klein-4b'),
  ])
})

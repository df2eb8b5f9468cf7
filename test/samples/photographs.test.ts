/** The photographs that the project ships: complete, licensed, small, and with edits that work. */

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { photographs as offered, shown } from '../../edge/playground/panel/start/photographs.ts'
import { instantEngine } from '../../gpu-worker/instant/engine.ts'
import { photographFolder, photographs } from '../../samples/photographs.ts'
import type { Drag, Size } from '../../shared/drag.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../shared/edit/settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { dilated } from '../../shared/geometry/dilated.ts'

const root = fileURLToPath(new URL('../../samples/photos/', import.meta.url))
const names = photographs.map(({ name }) => name).sort()
const MAX_PHOTO_BYTES = 120_000
const MAX_BYTES = 1_000_000

test('every folder is in the list and offered by the page, and nothing else is', async () => {
  const entries = await readdir(root, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  expect(folders.sort()).toEqual(names)
  expect(offered.map(({ name }) => name).sort()).toEqual(names)
  expect(names).toHaveLength(6)
})

test('together they are under a megabyte', async () => {
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES)
})

test('what the page shows before and after is a photograph with its drag and result', async () => {
  const { width, height } = shown
  for (const file of ['photo.jpg', 'result.jpg'])
    expect(await sizeOf(`${photographFolder(shown.name)}${file}`)).toEqual({ width, height })
  expect(photographs.find(({ name }) => name === shown.name)?.drags).toEqual([shown.drag])
})

describe.each(photographs)('$name', ({ name, drags }) => {
  const folder = photographFolder(name)

  test('has a small photo, a mask of its size and the drags of the list', async () => {
    const photo = await readFile(`${folder}photo.jpg`)
    expect(photo.length).toBeLessThanOrEqual(MAX_PHOTO_BYTES)
    const size = await sizeOf(`${folder}photo.jpg`)
    // The page shows and segments photos up to this size as they are.
    expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(1024)
    expect(await sizeOf(`${folder}mask.png`)).toEqual(size)
    expect(JSON.parse(await readFile(`${folder}drags.json`, 'utf8'))).toEqual(drags)
  })

  test('has handles on its mask, and targets in the photo', async () => {
    const mask = await whiteOf(`${folder}mask.png`)
    const { width, height } = await sizeOf(`${folder}mask.png`)
    for (const { handle, target } of drags) {
      expect(mask[Math.floor(handle.y) * width + Math.floor(handle.x)]).toBe(1)
      expect(target.x).toBeGreaterThanOrEqual(0)
      expect(target.x).toBeLessThan(width)
      expect(target.y).toBeGreaterThanOrEqual(0)
      expect(target.y).toBeLessThan(height)
    }
  })

  test('has a title, an author, a free licence and a source', async () => {
    const lines = (await readFile(`${root}LICENSE.md`, 'utf8')).split('\n')
    const rows = lines.filter((line) => line.startsWith(`| \`${name}\` |`))
    expect(rows).toHaveLength(1)
    const [title, author, licence, source] = (rows[0] as string)
      .split('|')
      .slice(2, 6)
      .map((cell) => cell.trim())
    expect(title).not.toBe('')
    expect(author).toContain(offered.find((one) => one.name === name)?.by)
    expect(licence).toMatch(/^(\[CC0 1\.0\]|\[CC BY [24]\.0\]|Public domain)/)
    expect(source).toMatch(/^(PyPI|Debian) `[\w.-]+` [\w.-]+, `.+`/)
  })

  test('instant changes the moving part, and nothing far from it', async () => {
    const size = await sizeOf(`${folder}photo.jpg`)
    const half = { width: Math.round(size.width / 2), height: Math.round(size.height / 2) }
    const scaled = drags.map((drag) => halved(drag))
    const photo = await sharp(`${folder}photo.jpg`).resize(half).png().toBuffer()
    const mask = await sharp(`${folder}mask.png`)
      .resize({ ...half, kernel: 'nearest' })
      .png()
      .toBuffer()
    const settings = withModel(EditSettings.parse({ drags: scaled, seed: 1 }), 'instant')
    const { workingSize, grid, work } = await workOf(half, settings, mask)
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: half, workingSize, grid, work, sampler }
    const edit = instantEngine(null, null, { version: '1' })
    const { bytes } = await edit(job, () => {}, new AbortController().signal)

    const near = swept(await whiteOf(mask), half, scaled)
    const [before, after] = [await rgb(photo), await rgb(bytes)]
    let [outside, inside] = [0, 0]
    before.forEach((value, at) => {
      if (value === after[at]) return
      if (near[Math.floor(at / 3)] === 1) inside++
      else outside++
    })
    expect(outside).toBe(0)
    expect(inside).toBeGreaterThan(1000)
  })
})

async function sizeOf(file: string): Promise<Size> {
  const { width, height } = await sharp(file).metadata()
  return { width, height }
}

const rgb = (picture: Uint8Array) => sharp(picture).removeAlpha().raw().toBuffer()

async function whiteOf(mask: string | Uint8Array): Promise<Uint8Array> {
  const grey = await sharp(mask).greyscale().raw().toBuffer()
  return Uint8Array.from(grey, (value) => (value > 127 ? 1 : 0))
}

const halved = ({ handle, target }: Drag): Drag => ({
  handle: { x: handle.x / 2, y: handle.y / 2 },
  target: { x: target.x / 2, y: target.y / 2 },
})

/** Where a mask comes by on its way from every handle to its target, and a soft edge around that. */
function swept(mask: Uint8Array, size: Size, drags: readonly Drag[]): Uint8Array {
  const { width, height } = size
  const out = mask.slice()
  for (const { handle, target } of drags)
    for (let step = 1; step <= 20; step++) {
      const dx = Math.round(((target.x - handle.x) * step) / 20)
      const dy = Math.round(((target.y - handle.y) * step) / 20)
      mask.forEach((value, at) => {
        const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy]
        if (value === 1 && x >= 0 && x < width && y >= 0 && y < height) out[y * width + x] = 1
      })
    }
  return dilated(out, size, SOFT_EDGE)
}
/** In pixels of a photo of this size: the cut-out's soft edge, the fill's seam, and twigs that the mask has left. */
const SOFT_EDGE = 24

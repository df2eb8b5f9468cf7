/**
 * Makes the contact sheet: every photograph before, as the page previews it, and after.
 * `node samples/contact-sheet.ts` renders the drawn scenes and writes samples/contact-sheet.jpg; with
 * `--cases FOLDER --out FILE` it shows photographs of a local data set instead.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { Preview } from '../edge/playground/preview/preview.ts'
import type { OpenBackbone } from '../gpu-worker/backbones/family.ts'
import { openBackbone } from '../gpu-worker/backbones/registry.ts'
import { openOptions, readBaseConfig } from '../gpu-worker/config.ts'
import { editPhoto } from '../gpu-worker/edit.ts'
import { type LazyInpainter, lazyInpainter } from '../gpu-worker/inpainting/inpainter.ts'
import { instantEngine } from '../gpu-worker/instant/engine.ts'
import type { Drag } from '../shared/drag.ts'
import { resolveSettings } from '../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../shared/edit/settings.ts'
import { workOf } from '../shared/edit/work.ts'
import { readImageHeader } from '../shared/files/image-header.ts'
import { decodePngMask } from '../shared/files/png.ts'
import { defaultField } from '../shared/geometry/fields/part-fields.ts'
import type { Mask } from '../shared/mask.ts'
import { gridOf } from '../shared/models.ts'
import { photographFolder, photographs } from './photographs.ts'
import { renderSamples } from './render.ts'

const CELL = { width: 300, height: 200 }
const GAP = 10
const TITLE = 26
const COLUMNS = 4
/** As the page sends it. */
const SEED = 1
/** The photograph whose result the page's start shows. */
const SHOWN = 'fig'

/** A row of the sheet. */
type Case = {
  readonly title: string
  readonly photo: Uint8Array
  readonly mask: Uint8Array
  readonly drags: readonly Drag[]
  /** The file that the instant result is written to as well. */
  readonly result?: string
}

async function photographCases(): Promise<Case[]> {
  await renderSamples()
  return Promise.all(
    photographs.map(async ({ name, title, drags }) => ({
      title,
      photo: await readFile(`${photographFolder(name)}photo.jpg`),
      mask: await readFile(`${photographFolder(name)}mask.png`),
      drags,
      ...(name === SHOWN && { result: `${photographFolder(name)}result.jpg` }),
    })),
  )
}

/** Cases of a folder with a manifest.json that name an object mask, at most five. */
async function dataCases(folder: string): Promise<Case[]> {
  const { cases } = JSON.parse(await readFile(`${folder}/manifest.json`, 'utf8'))
  const chosen = cases.filter((entry: { objectMask?: string }) => entry.objectMask !== undefined)
  const every = Math.max(1, Math.floor(chosen.length / 5))
  const at = ([x, y]: [number, number]) => ({ x: x + 0.5, y: y + 0.5 })
  return Promise.all(
    chosen
      .filter((_: unknown, i: number) => i % every === 0)
      .slice(0, 5)
      .map(
        async (entry: {
          id: string
          image: string
          objectMask: string
          drags: { handle: [number, number]; target: [number, number] }[]
        }) => ({
          title: entry.id,
          photo: await readFile(`${folder}/${entry.image}`),
          mask: await readFile(`${folder}/${entry.objectMask}`),
          drags: entry.drags.map(({ handle, target }) => ({
            handle: at(handle),
            target: at(target),
          })),
        }),
      ),
  )
}

/** What moves, in the photo's size, and where to. */
async function marked({ photo, drags }: Case, mask: Mask): Promise<Buffer> {
  const { width, height } = mask
  const unit = Math.max(width, height) / 300
  const tint = Buffer.alloc(4 * width * height)
  mask.data.forEach((value, at) => {
    if (value === 1) tint.set([255, 176, 0, 110], 4 * at)
  })
  const arrows = drags.map(({ handle, target }) => {
    const line = `M${handle.x} ${handle.y}L${target.x} ${target.y}`
    return `<path d="${line}" stroke="#fff" stroke-width="${4 * unit}"/><path d="${line}" stroke="#e5383b" stroke-width="${2 * unit}"/><circle cx="${target.x}" cy="${target.y}" r="${4 * unit}" fill="#e5383b" stroke="#fff" stroke-width="${unit}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${arrows.join('')}</svg>`
  const layers = [
    { input: tint, raw: { width, height, channels: 4 } as const },
    { input: Buffer.from(svg) },
  ]
  return sharp(photo).composite(layers).png().toBuffer()
}

/** What the page shows while the pointer is down. */
async function previewed({ photo, drags }: Case, mask: Mask): Promise<Buffer> {
  const { data, info } = await sharp(photo)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const pixels = { width, height, data: new Uint8ClampedArray(data) }
  const preview = new Preview(pixels, gridOf('instant', info).grid)
  preview.setMask(mask)
  preview.draw(drags, { field: defaultField(), power: 2 })
  return sharp(preview.bytes, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
}

async function row(
  entry: Case,
  backbone: OpenBackbone,
  network: LazyInpainter | null,
): Promise<Buffer> {
  const header = readImageHeader(entry.photo)
  const image = { width: header.width, height: header.height }
  const jobFor = async (model: 'instant' | 'embedded') => {
    const settings = withModel(EditSettings.parse({ drags: entry.drags, seed: SEED }), model)
    const { workingSize, grid, work } = await workOf(image, settings, entry.mask)
    const { sampler } = resolveSettings(settings, () => SEED)
    return { photo: entry.photo, photoSize: image, workingSize, grid, work, sampler }
  }
  const { signal } = new AbortController()
  const edited = await editPhoto(await jobFor('embedded'), backbone, () => {}, signal)
  const instantly = instantEngine(null, network, { version: 'sample' })
  const moved = await instantly(await jobFor('instant'), () => {}, signal)
  if (entry.result !== undefined) {
    const jpeg = await sharp(moved.bytes).jpeg({ quality: 84, mozjpeg: true }).toBuffer()
    await writeFile(entry.result, jpeg)
  }
  const mask = await decodePngMask(entry.mask)
  const pictures = [
    await marked(entry, mask),
    await previewed(entry, mask),
    moved.bytes,
    edited.bytes,
  ]
  const cells = await Promise.all(
    pictures.map((picture) =>
      sharp(picture)
        .autoOrient()
        .resize(CELL.width, CELL.height, { fit: 'contain', background: '#fff' })
        .toBuffer(),
    ),
  )
  const width = COLUMNS * CELL.width + (COLUMNS + 1) * GAP
  const heading = (column: number, text: string, colour: string) =>
    `<text x="${GAP + column * (CELL.width + GAP)}" y="18" font-family="sans-serif" font-size="14" fill="${colour}">${text}</text>`
  const title = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${TITLE}">` +
      heading(0, entry.title, '#222') +
      heading(1, 'preview, while dragging', '#777') +
      heading(2, 'instant', '#777') +
      `${heading(3, 'embedded: the method, no real weights', '#777')}</svg>`,
  )
  return sharp({
    create: { width, height: TITLE + CELL.height + GAP, channels: 3, background: '#fff' },
  })
    .composite([
      { input: title, left: 0, top: 0 },
      ...cells.map((input, i) => ({ input, left: GAP + i * (CELL.width + GAP), top: TITLE })),
    ])
    .png()
    .toBuffer()
}

async function sheet(rows: readonly Buffer[], out: string): Promise<void> {
  const height = TITLE + CELL.height + GAP
  const width = COLUMNS * CELL.width + (COLUMNS + 1) * GAP
  await sharp({ create: { width, height: rows.length * height, channels: 3, background: '#fff' } })
    .composite(rows.map((input, i) => ({ input, left: 0, top: i * height })))
    .jpeg({ quality: 62, mozjpeg: true })
    .toFile(out)
}

const { values } = parseArgs({ options: { cases: { type: 'string' }, out: { type: 'string' } } })
const cases = values.cases === undefined ? await photographCases() : await dataCases(values.cases)
const out = values.out ?? fileURLToPath(new URL('./contact-sheet.jpg', import.meta.url))
const config = readBaseConfig()
const location = { cache: config.CONTEXTDRAG_CACHE }
const backbone = await openBackbone('embedded', location, openOptions(config, 'embedded'))
// As by default: the sheet shows what a fresh machine makes.
const network = lazyInpainter(undefined, config.THREADS)
const rows: Buffer[] = []
for (const entry of cases) {
  process.stderr.write(`${entry.title} ...\n`)
  rows.push(await row(entry, backbone, network))
}
await Promise.all([backbone.close(), network?.close()])
await sheet(rows, out)
process.stdout.write(`${out}\n`)

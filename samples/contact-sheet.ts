/**
 * Makes the contact sheet: every sample before, planned and after. `node samples/contact-sheet.ts`
 * renders the project's samples and writes samples/contact-sheet.jpg; with `--cases FOLDER --out
 * FILE` it shows photographs of a local data set instead.
 */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import type { OpenBackbone } from '../gpu-worker/backbones/family.ts'
import { openBackbone } from '../gpu-worker/backbones/registry.ts'
import { openOptions, readBaseConfig } from '../gpu-worker/config.ts'
import { editPhoto } from '../gpu-worker/edit.ts'
import { instantEngine } from '../gpu-worker/instant/engine.ts'
import { planPicture } from '../gpu-worker/photo/plan-picture.ts'
import type { Drag } from '../shared/drag.ts'
import { resolveSettings } from '../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../shared/edit/settings.ts'
import { workOf } from '../shared/edit/work.ts'
import { readImageHeader } from '../shared/files/image-header.ts'
import { renderSamples, sampleFolder } from './render.ts'
import { scenes } from './scenes.ts'

const CELL = { width: 384, height: 300 }
const GAP = 12
const TITLE = 30
const COLUMNS = 4

/** A row of the sheet. */
type Case = {
  readonly title: string
  readonly photo: Uint8Array
  readonly mask: Uint8Array
  readonly drags: readonly Drag[]
}

async function sampleCases(): Promise<Case[]> {
  await renderSamples()
  return Promise.all(
    scenes.map(async ({ name, title, drags }) => ({
      title,
      photo: await readFile(`${sampleFolder(name)}photo.jpg`),
      mask: await readFile(`${sampleFolder(name)}mask.png`),
      drags,
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

async function row(entry: Case, backbone: OpenBackbone): Promise<Buffer> {
  const header = readImageHeader(entry.photo)
  const image = { width: header.width, height: header.height }
  const jobFor = async (model: 'instant' | 'embedded') => {
    const settings = withModel(EditSettings.parse({ drags: entry.drags, seed: 7 }), model)
    const { workingSize, grid, work } = await workOf(image, settings, entry.mask)
    const { sampler } = resolveSettings(settings, () => 7)
    return { photo: entry.photo, photoSize: image, workingSize, grid, work, sampler }
  }
  const { signal } = new AbortController()
  const edited = await editPhoto(await jobFor('embedded'), backbone, () => {}, signal)
  const instantly = instantEngine(null, null, { version: 'sample' })
  const moved = await instantly(await jobFor('instant'), () => {}, signal)
  const pictures = [
    entry.photo,
    await planPicture(entry.photo, image, entry.drags, edited.plan),
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
    `<text x="${GAP + column * (CELL.width + GAP)}" y="22" font-family="sans-serif" font-size="17" fill="${colour}">${text}</text>`
  const title = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${TITLE}">` +
      heading(0, entry.title, '#222') +
      heading(1, 'plan: source, destination, vacated', '#777') +
      heading(2, 'instant: no model', '#777') +
      `${heading(3, 'embedded: the method, computed weights', '#777')}</svg>`,
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
    .jpeg({ quality: 88 })
    .toFile(out)
}

const { values } = parseArgs({ options: { cases: { type: 'string' }, out: { type: 'string' } } })
const cases = values.cases === undefined ? await sampleCases() : await dataCases(values.cases)
const out = values.out ?? fileURLToPath(new URL('./contact-sheet.jpg', import.meta.url))
const config = readBaseConfig()
const location = { cache: config.CONTEXTDRAG_CACHE }
const backbone = await openBackbone('embedded', location, openOptions(config))
const rows: Buffer[] = []
for (const entry of cases) {
  process.stderr.write(`${entry.title} ...\n`)
  rows.push(await row(entry, backbone))
}
await backbone.close()
await sheet(rows, out)
process.stdout.write(`${out}\n`)

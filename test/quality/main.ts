/**
 * `npm run quality [folder] [count]`: two parts of edits by themselves; whole edits are measured by the
 * benchmark `known-truth` of `contextdrag eval`. First the fill, in holes of photographs of a folder
 * (default: the project's own), with a sheet to look at. Then how sharp the pictures of a transformer are
 * in a large photo. With `--peers FOLDER`, the holes are written there, and what other programs have put
 * into them is measured, too.
 */

import { mkdtemp } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp, { type OverlayOptions } from 'sharp'
import type { Picture } from '../../evaluation/picture.ts'
import { holeIn } from '../../evaluation/truth/holes.ts'
import {
  ownPhotographs,
  photographsIn,
  readPhotograph,
} from '../../evaluation/truth/photographs.ts'
import { lazyInpainter } from '../../gpu-worker/inpainting/inpainter.ts'
import { printDetail } from './detail.ts'
import { fillMethods, measureFill } from './fill.ts'
import { readFills, writeHole } from './peers.ts'

/** Parts of the photo that holes take. */
const PARTS = [0.01, 0.025, 0.05, 0.1, 0.15]
const TILE = { width: 360, height: 270 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'string' } },
})
const [folder, most = '16'] = positionals
const found = folder === undefined ? ownPhotographs() : await photographsIn(folder)
const step = Math.max(1, Math.floor(found.length / Number(most)))
const paths = found.filter((_, i) => i % step === 0).slice(0, Number(most))
const photos = await Promise.all(
  paths.map(async (path) => (await readPhotograph(path, 768, false)).picture),
)
const network = lazyInpainter(undefined, availableParallelism())
const tiles: OverlayOptions[] = []
let line = 0
let columns = 3

async function show(col: number, { width, height, data }: Picture): Promise<void> {
  const raw = { width, height, channels: 4 as const }
  const input = await sharp(data, { raw })
    .removeAlpha()
    .resize({ ...TILE, fit: 'contain', background: 'white' })
    .png()
    .toBuffer()
  tiles.push({ input, left: col * (TILE.width + 4), top: line * (TILE.height + 4) })
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const figures = (rows: readonly Record<string, number>[]) =>
  Object.keys(rows[0] ?? {})
    .map((name) => `${name} ${median(rows.map((row) => row[name] ?? 0)).toFixed(2)}`)
    .join('   ')

const fills: Record<string, Record<string, number>[]> = {}
for (const [i, photo] of photos.entries()) {
  const hole = holeIn(photo, PARTS[i % PARTS.length] ?? 0.05, i + 1)
  await show(0, photo)
  let col = 1
  for (const [name, method] of Object.entries(fillMethods(network))) {
    const { measures, seconds, picture } = await measureFill(photo, hole, method)
    fills[name] = [...(fills[name] ?? []), { ...measures, seconds }]
    await show(col++, picture)
  }
  if (values.peers !== undefined) {
    await writeHole(values.peers, i, photo, hole)
    for (const { peer, measures, seconds, picture } of await readFills(
      values.peers,
      i,
      photo,
      hole,
    )) {
      fills[peer] = [...(fills[peer] ?? []), { ...measures, seconds }]
      await show(col++, picture)
    }
  }
  columns = Math.max(columns, col)
  line++
}
console.log(
  `fill, medians of ${photos.length} holes of ${PARTS[0]} to ${PARTS.at(-1)} of the photo`,
)
for (const [name, rows] of Object.entries(fills))
  console.log(`  ${name.padEnd(14)} ${figures(rows)}`)

const sheet = join(await mkdtemp(join(tmpdir(), 'contextdrag-quality-')), 'sheet.png')
const size = { width: columns * (TILE.width + 4), height: line * (TILE.height + 4) }
await sharp({ create: { ...size, channels: 3, background: 'white' } })
  .composite(tiles)
  .png()
  .toFile(sheet)
console.log(
  `photo, smooth, instant by lines, by MI-GAN if it is installed, MI-GAN alone, peers by name: ${sheet}`,
)
await network?.close()
await printDetail()

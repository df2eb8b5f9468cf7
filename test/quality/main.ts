/**
 * `npm run quality [folder] [count]`: how good the pictures of the pixel engine are, against known
 * truth, on photographs of a folder (default: the project's own scenes). Writes a sheet to look at. Then
 * how sharp the pictures of a transformer are in a large photo. With `--peers FOLDER`, the holes are
 * written there, and what other programs have put into them is measured, too.
 */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp, { type OverlayOptions } from 'sharp'
import { fieldKinds } from '../../shared/geometry/fields/part-fields.ts'
import { printDetail } from './detail.ts'
import { fillMethods, holeIn, measureFill } from './fill.ts'
import { pastedCase, sceneCases } from './move-cases.ts'
import { MARGINS, maskOf, measureMove } from './moves.ts'
import { readFills, writeHole } from './peers.ts'
import { type Photo, photosIn, readPhoto, samplePhotos } from './photos.ts'
import { motionError, motions } from './turns.ts'
import { printVacated } from './vacated.ts'

/** Parts of the photo that holes and things take. */
const PARTS = [0.01, 0.025, 0.05, 0.1, 0.15]
/** The mask of the moves on the sheet: looser than the thing, as most are. */
const SHOWN_MARGIN = 8
const TILE = { width: 360, height: 270 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'string' } },
})
const [folder, most = '16'] = positionals
const found = folder === undefined ? samplePhotos() : await photosIn(folder)
const step = Math.max(1, Math.floor(found.length / Number(most)))
const paths = found.filter((_, i) => i % step === 0).slice(0, Number(most))
if (paths.length === 0) throw new Error(`${folder} has no photographs`)
const photos = await Promise.all(paths.map((path) => readPhoto(path, 768)))
const tiles: OverlayOptions[] = []
let line = 0
let columns = 3

async function show(col: number, { width, height, data }: Photo): Promise<void> {
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
  for (const [name, method] of Object.entries(fillMethods)) {
    const { measures, seconds, picture } = measureFill(photo, hole, method)
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

const cases = await sceneCases()
for (const [i, ground] of photos.entries()) {
  const next = (i + 1) % photos.length
  const thing = { path: paths[next] as string, photo: photos[next] as Photo }
  const made = await pastedCase(ground, thing, (PARTS[i % PARTS.length] ?? 0.05) / 2, i + 5)
  if (made !== null) cases.push(made)
}
console.log(
  `moves, medians of ${cases.length}, by how many pixels the mask is wider than the thing`,
)
for (const margin of MARGINS) {
  const rows: Record<string, number>[] = []
  for (const made of cases) {
    const measured = measureMove(made, maskOf(made, margin))
    const { picture, vacated, ...rest } = measured
    rows.push({ ...rest, 'vacated detail': vacated.detail, 'vacated patches': vacated.patches })
    if (margin !== SHOWN_MARGIN) continue
    await show(0, made.before)
    await show(1, picture)
    await show(2, made.truth)
    line++
  }
  const worst = Math.max(...rows.map(({ ring = 0 }) => ring))
  console.log(`  ${String(margin).padStart(3)}   ${figures(rows)}   worst ring ${worst.toFixed(2)}`)
}

console.log('turns, scales and stretches of a drawn thing: mean error by field')
for (const motion of motions) {
  const errorsOf = fieldKinds.map((field) => `${field} ${motionError(motion, field).toFixed(2)}`)
  console.log(`  ${motion.name.padEnd(42)} ${errorsOf.join('   ')}`)
}

const sheet = join(await mkdtemp(join(tmpdir(), 'contextdrag-quality-')), 'sheet.png')
const size = { width: columns * (TILE.width + 4), height: line * (TILE.height + 4) }
await sharp({ create: { ...size, channels: 3, background: 'white' } })
  .composite(tiles)
  .png()
  .toFile(sheet)
console.log(`photo, smooth, instant, peers by name; then before, instant, truth: ${sheet}`)
await printDetail()
const large = await Promise.all(
  paths.slice(0, 6).map(async (path) => ({ path, photo: await readPhoto(path, 1024) })),
)
await printVacated(large)

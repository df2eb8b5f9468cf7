/**
 * The place that a thing left, in pictures of a transformer of photos larger than its working size, with
 * known truth: with the detail of a fill, and without.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { settingsOf } from '../fixtures/settings.ts'
import { compare, type Measures } from './measures.ts'
import { pastedCase } from './move-cases.ts'
import { type MoveCase, maskOf } from './moves.ts'
import type { Photo } from './photos.ts'

const KINDS = ['model', 'photo'] as const
type Kind = (typeof KINDS)[number]

export type VacatedMeasures = Measures & { readonly milliseconds: number }

/** The result of a case, and how good it is where the thing was and is not any more. */
async function measureVacated(
  made: MoveCase,
  backbone: OpenBackbone,
  detail: Kind,
): Promise<{ picture: Photo; measures: VacatedMeasures }> {
  const { before, truth, shape, by } = made
  const { width, height } = before
  const first = shape.indexOf(1)
  const inside = shape.reduce((sum, flag, at) => (flag === 1 ? sum + at : sum), 0)
  const middle = Math.round(inside / shape.reduce((sum, flag) => sum + flag, 0))
  const on = shape[middle] === 1 ? middle : first
  const handle = { x: on % width, y: Math.floor(on / width) }
  const drags = [{ handle, target: { x: handle.x + by.x, y: handle.y + by.y } }]
  const mask = maskOf(made, 8)
  const png = (data: Uint8Array, channels: 1 | 4) =>
    sharp(data, { raw: { width, height, channels } }).removeAlpha().png().toBuffer()
  const settings = settingsOf({ drags, seed: 1, steps: 1, detail })
  const white = mask.data.map((flag) => 255 * flag)
  const prepared = await workOf(before, settings, await png(white, 1))
  const { sampler } = resolveSettings(settings, () => 1)
  const job = { photo: await png(new Uint8Array(before.data), 4), photoSize: before, ...prepared }
  const never = new AbortController().signal
  const result = await editPhoto({ ...job, sampler }, backbone, () => {}, never)
  const data = new Uint8ClampedArray(await sharp(result.bytes).ensureAlpha().raw().toBuffer())
  const picture = { ...before, data }
  const vacated: number[] = []
  const pitch = Math.ceil(width / prepared.grid.cols)
  shape.forEach((flag, at) => {
    const x = (at % width) - by.x
    const y = Math.floor(at / width) - by.y
    // Where it lands, and a token around, is no vacated place.
    const lands = [-pitch, 0, pitch].some((down) =>
      [-pitch, 0, pitch].some((across) => shape[(y + down) * width + x + across] === 1),
    )
    if (flag === 1 && !lands) vacated.push(at)
  })
  const milliseconds = result.timings.restore as number
  return { picture, measures: { ...compare(picture, truth, vacated), milliseconds } }
}

/** Prints medians over the photographs. @returns before, the results, and the truth of each case */
export async function printVacated(
  photos: readonly { readonly path: string; readonly photo: Photo }[],
): Promise<Photo[][]> {
  const folder = { cache: join(tmpdir(), 'contextdrag-test-checkpoints') }
  const backbone = await openBackbone('embedded', folder, { provider: 'cpu', threads: 2 })
  const rows: Record<Kind, VacatedMeasures[]> = { model: [], photo: [] }
  const sheet: Photo[][] = []
  try {
    for (const [i, { photo }] of photos.entries()) {
      const thing = photos[(i + 1) % photos.length]
      const made =
        thing && (await pastedCase(photo, thing, [0.01, 0.03, 0.06][i % 3] ?? 0.03, i + 5))
      if (!made) continue
      const line = [made.before]
      for (const kind of KINDS) {
        const { picture, measures } = await measureVacated(made, backbone, kind)
        rows[kind].push(measures)
        line.push(picture)
      }
      sheet.push([...line, made.truth])
    }
  } finally {
    await backbone.close()
  }
  const median = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
  console.log(`vacated place, embedded, medians of ${sheet.length}, by detail`)
  for (const kind of KINDS) {
    const of = (name: keyof VacatedMeasures) =>
      median(rows[kind].map((row) => row[name])).toFixed(2)
    console.log(
      `  ${kind.padEnd(8)} detail ${of('detail')}   patches ${of('patches')}   ssim ${of('ssim')}   psnr ${of('psnr')}   restore ${of('milliseconds')} ms`,
    )
  }
  return sheet
}

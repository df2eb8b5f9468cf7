/**
 * Detail of a large photo with known truth: a disc of fine texture moves over a ground of fine texture,
 * edited by `embedded`, with and without the photo's detail. What should be there is the photo, moved.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import type { Size } from '../../shared/drag.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'
import { Random } from '../../shared/instant/random.ts'
import { settingsOf } from '../fixtures/settings.ts'

const SIZE: Size = { width: 4000, height: 3000 }
const RADIUS = 420
const HANDLE = { x: 1300, y: 1500 }
const OCTAVES = 7

/** RMS by octave, from periods of 2 to 4 pixels on. */
export type Spectrum = readonly number[]

export type DetailCase = {
  readonly name: string
  /** How far the disc moves to the right, in pixels. */
  readonly by: number
  readonly options: Record<string, unknown>
}

/** A token of `embedded` is this wide in the whole photo. */
const TOKEN = 4000 / 74

const both = ['model', 'photo'] as const

/**
 * By whole tokens, where a backbone shows what was asked for; and by a part of one, where it shows the
 * nearest whole token, in a crop a smaller one.
 */
export const detailCases: readonly DetailCase[] = [
  ...both.map((detail) => ({ name: `20 tokens, ${detail}`, by: 20 * TOKEN, options: { detail } })),
  ...(['photo', 'region'] as const).flatMap((workingArea) =>
    both.map((detail) => ({
      name: `20.4 tokens, ${detail}${workingArea === 'region' ? ', crop' : ''}`,
      by: 20.4 * TOKEN,
      options: { detail, workingArea },
    })),
  ),
]

/** Noise with the same power in every octave, as photographs have. @returns grey, about 128 +- 40 */
function texture({ width, height }: Size, seed: number): Float32Array {
  const out = new Float32Array(width * height).fill(128)
  for (let octave = 0; octave < OCTAVES + 2; octave++) {
    const step = 2 ** octave
    const cols = Math.ceil(width / step) + 2
    const random = new Random(seed * 100 + octave)
    const nodes = Float32Array.from(
      { length: cols * (Math.ceil(height / step) + 2) },
      () => (random.below(2001) - 1000) / 50,
    )
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / step)
      const b = y / step - row
      for (let x = 0; x < width; x++) {
        const col = Math.floor(x / step)
        const a = x / step - col
        const at = row * cols + col
        const top = (1 - a) * (nodes[at] ?? 0) + a * (nodes[at + 1] ?? 0)
        const bottom = (1 - a) * (nodes[at + cols] ?? 0) + a * (nodes[at + cols + 1] ?? 0)
        const i = y * width + x
        out[i] = (out[i] ?? 0) + (1 - b) * top + b * bottom
      }
    }
  }
  return out
}

const isDisc = (x: number, y: number) =>
  (x + 0.5 - HANDLE.x) ** 2 + (y + 0.5 - HANDLE.y) ** 2 < RADIUS ** 2

/** The photo as grey levels: a bright disc on a darker ground. */
function photo(): Uint8ClampedArray {
  const ground = texture(SIZE, 1)
  const disc = texture(SIZE, 2)
  return Uint8ClampedArray.from(ground, (value, at) =>
    isDisc(at % SIZE.width, Math.floor(at / SIZE.width)) ? (disc[at] ?? 0) + 30 : value - 30,
  )
}

async function grey(data: Uint8ClampedArray, size: Size): Promise<Buffer> {
  return sharp(data, { raw: { ...size, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 1 })
    .toBuffer()
}

/** RMS of the bands of a square picture (differences of means over 1, 2, 4 ... pixels). */
export function spectrumOf(values: Float32Array, side: number): Spectrum {
  const bands: number[] = []
  let level = values
  for (let n = side; bands.length < OCTAVES && n >= 2; n /= 2) {
    const half = n / 2
    const mean = new Float32Array(half * half)
    level.forEach((value, at) => {
      const to = (Math.floor(at / n) >> 1) * half + ((at % n) >> 1)
      mean[to] = (mean[to] ?? 0) + value / 4
    })
    const squares = level.reduce(
      (sum, value, at) =>
        sum + (value - (mean[(Math.floor(at / n) >> 1) * half + ((at % n) >> 1)] ?? 0)) ** 2,
      0,
    )
    bands.push(Math.sqrt(squares / level.length))
    level = mean
  }
  return bands
}

/** By how many pixels to the right a plan moves its tokens: whole ones. */
function shownBy({ grid, targets, sources }: DragPlan, width: number): number {
  const cols = targets.map((target, i) => (target % grid.cols) - ((sources[i] ?? 0) % grid.cols))
  return ((cols[cols.length >> 1] ?? 0) * width) / grid.cols
}

/** Errors against the photo moved as asked, and moved by the plan's whole tokens. */
type Errors = { readonly asked: Spectrum; readonly shown: Spectrum }

/** The errors of each case by octave, in a square inside the landed disc, and what there should be. */
export async function measureDetail(
  cases: readonly DetailCase[],
): Promise<{ truth: Spectrum; errors: readonly Errors[] }> {
  const side = 512
  const before = photo()
  const file = await grey(before, SIZE)
  const quarter = { width: SIZE.width / 4, height: SIZE.height / 4 }
  const white = Uint8ClampedArray.from({ length: quarter.width * quarter.height }, (_, at) =>
    isDisc(4 * (at % quarter.width), 4 * Math.floor(at / quarter.width)) ? 255 : 0,
  )
  const mask = await grey(white, quarter)
  const folder = { cache: join(tmpdir(), 'contextdrag-test-checkpoints') }
  const backbone = await openBackbone('embedded', folder, { provider: 'cpu', threads: 2 })
  const square = (read: (x: number, y: number) => number, centre: number) =>
    Float32Array.from({ length: side * side }, (_, i) =>
      read(Math.round(centre) - side / 2 + (i % side), HANDLE.y - side / 2 + Math.floor(i / side)),
    )
  /** The photo between its pixels, along a row. */
  const moved = (x: number, y: number, by: number) => {
    const from = x - by
    const a = from - Math.floor(from)
    const at = y * SIZE.width + Math.floor(from)
    return (1 - a) * (before[at] ?? 0) + a * (before[at + 1] ?? 0)
  }
  const errors: Errors[] = []
  try {
    for (const { by, options } of cases) {
      const drags = [{ handle: HANDLE, target: { x: HANDLE.x + by, y: HANDLE.y } }]
      const settings = settingsOf({ drags, seed: 1, ...options })
      const prepared = await workOf(SIZE, settings, mask)
      const { sampler } = resolveSettings(settings, () => 1)
      const job = { photo: file, photoSize: SIZE, ...prepared, sampler }
      const never = new AbortController().signal
      const { bytes, plan } = await editPhoto(job, backbone, () => {}, never)
      const after = await sharp(bytes).greyscale().raw().toBuffer()
      const against = (shift: number) =>
        spectrumOf(
          square((x, y) => (after[y * SIZE.width + x] ?? 0) - moved(x, y, shift), HANDLE.x + by),
          side,
        )
      const shown = shownBy(plan, (prepared.area ?? SIZE).width)
      errors.push({ asked: against(by), shown: against(shown) })
    }
  } finally {
    await backbone.close()
  }
  const whole = (x: number, y: number) => before[y * SIZE.width + x] ?? 0
  return { truth: spectrumOf(square(whole, HANDLE.x), side), errors }
}

/** Prints the measures as a table. */
export async function printDetail(): Promise<void> {
  const { truth, errors } = await measureDetail(detailCases)
  const line = (name: string, values: Spectrum) =>
    `  ${name.padEnd(36)}${values.map((value) => value.toFixed(1).padStart(8)).join('')}`
  const periods = truth.map((_, i) => `${2 ** (i + 1)}-${2 ** (i + 2)}`.padStart(8)).join('')
  console.log(`detail, 12 megapixels, embedded: RMS by period in pixels, where the thing lands`)
  console.log(`  ${''.padEnd(36)}${periods}`)
  console.log(line('the moved photo', truth))
  for (const kind of ['asked', 'shown'] as const) {
    console.log(kind === 'asked' ? '  error against the drag' : '  error against whole tokens')
    errors.forEach((error, i) => {
      console.log(line(`  ${detailCases[i]?.name}`, error[kind]))
    })
  }
}

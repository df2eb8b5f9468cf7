/**
 * Blockiness: how much stronger the steps of brightness are at the borders of tokens than elsewhere, in
 * what the edit changed; over the same ratio of the photo, whose JPEG blocks are not the engine's. 1 is
 * none. Also for half tokens, which are the latents of an autoencoder.
 */

import { z } from 'zod'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { lumaOf } from '../regions/luma.ts'

/** The working grid in an edit's record. */
const Planned = z.object({
  plan: z.object({ grid: z.object({ rows: z.number(), cols: z.number() }) }),
})
/** A grid that may be that of a crop, whose place is not recorded. */
const Cropped = z.object({ options: z.object({ workingArea: z.enum(['region', 'auto']) }) })
/** Sides of tokens, in pixels of the photo, for engines that have none. */
const USUAL = 16
/** Grey levels that are added to every mean, so that flat places have a ratio. */
const FLOOR = 0.5

export const blockiness: Metric = {
  name: 'blockiness',
  columns: { token: 'lower', 'half-token': 'lower' },
  async measure({ photo, edited: { picture, record } }) {
    if (Cropped.safeParse(record).success) return {}
    const grid = Planned.safeParse(record).data?.plan.grid ?? {
      rows: photo.height / USUAL,
      cols: photo.width / USUAL,
    }
    const ratios = blockinessOf(photo, picture, grid)
    return ratios === undefined ? {} : { token: ratios[0], 'half-token': ratios[1] }
  },
  async close() {},
}

/**
 * Of tokens and of half tokens; undefined where the edit changed nothing.
 *
 * @param grid tokens of the whole picture, also broken ones
 */
export function blockinessOf(
  photo: Picture,
  result: Picture,
  grid: { readonly rows: number; readonly cols: number },
): [number, number] | undefined {
  const isChanged = Uint8Array.from({ length: photo.width * photo.height }, (_, at) =>
    Number([0, 1, 2].some((i) => photo.data[4 * at + i] !== result.data[4 * at + i])),
  )
  const columns = bordersOf(photo.width, grid.cols)
  const rows = bordersOf(photo.height, grid.rows)
  const [after, before] = [result, photo].map((picture) => {
    const sums = steps(lumaOf(picture), picture, isChanged, columns, rows)
    return sums.map(([sum, count]) => (count === 0 ? undefined : sum / count + FLOOR))
  })
  const ratio = (kind: number) => {
    const [a, b] = [after?.[kind], before?.[kind]]
    const [c, d] = [after?.[ELSEWHERE], before?.[ELSEWHERE]]
    if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
    return a / c / (b / d)
  }
  const [token, half] = [ratio(TOKEN), ratio(HALF)]
  return token === undefined || half === undefined ? undefined : [token, half]
}

const [ELSEWHERE, TOKEN, HALF] = [0, 1, 2]

/** What is between each pixel of a line and the one before it: nothing, or a border of (half) tokens. */
function bordersOf(length: number, tokens: number): Uint8Array {
  const kinds = new Uint8Array(length)
  const mark = (kind: number, parts: number) => {
    for (let k = 1; k < parts; k++) {
      const at = Math.round((k * length) / parts)
      if (at < length) kinds[at] = kind
    }
  }
  mark(HALF, 2 * tokens)
  mark(TOKEN, tokens)
  return kinds
}

/** Sum and number of the steps between changed neighbours, by kind of border. */
function steps(
  luma: Float32Array,
  { width, height }: Picture,
  isChanged: Uint8Array,
  columns: Uint8Array,
  rows: Uint8Array,
): [number, number][] {
  const sums: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, 0],
  ]
  const count = (kind: number, at: number, before: number) => {
    if (isChanged[at] === 0 || isChanged[before] === 0) return
    const sum = sums[kind]!
    sum[0] += Math.abs(luma[at]! - luma[before]!)
    sum[1]++
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (x > 0) count(columns[x]!, at, at - 1)
      if (y > 0) count(rows[y]!, at, at - width)
    }
  return sums
}

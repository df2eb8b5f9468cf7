/**
 * How near a picture is to the known truth, in four parts of it: the rim of the landed thing, its inside,
 * the place it left, and everything far from both.
 */

import type { Truth } from '../case.ts'
import type { Metric } from '../metric.ts'
import type { Picture } from '../picture.ts'
import { errors, fineDetail, patchDistance } from './measures.ts'

/** Parts of fewer pixels are not measured. */
const LEAST_PIXELS = 50
/** Decibels that stand for equality. */
const EQUAL_DB = 99

type Part = keyof Truth['parts']
const parts: readonly Part[] = ['rim', 'inside', 'vacated', 'outside']
/** Where texture decides what people see. */
const textured: readonly Part[] = ['rim', 'vacated']

/**
 * Columns of each part: `Error`, the mean of the colours' differences, 0 to 255; `Psnr`, in decibels, at
 * most 99. Of rim and vacated place also `DetailOff`, how many times too much or too little fine detail
 * there is, as a power of two (0 is right, 1 is double or half), and `Patches`, the distance of the
 * distributions of 5 x 5 patches. `outsideChanged` is the share of pixels that differ from the photo's.
 */
export function truthMetric(): Metric {
  return {
    name: 'truth',
    columns: columns(),
    async measure({ one: { truth }, photo, edited: { picture } }) {
      if (truth === undefined) return {}
      if (picture.width !== photo.width || picture.height !== photo.height)
        throw new Error(
          `the picture is ${picture.width}x${picture.height}, its truth ${photo.width}x${photo.height}`,
        )
      const values: Record<string, number> = {}
      for (const part of parts) {
        const on = truth.parts[part]
        if (on.length < LEAST_PIXELS) continue
        const { meanError, psnr } = errors(picture, truth.picture, on)
        values[`${part}Error`] = meanError
        values[`${part}Psnr`] = Math.min(EQUAL_DB, psnr)
        if (!textured.includes(part)) continue
        values[`${part}DetailOff`] = detailOff(picture, truth.picture, on)
        values[`${part}Patches`] = patchDistance(picture, truth.picture, on)
      }
      const { outside } = truth.parts
      if (outside.length >= LEAST_PIXELS) {
        const changed = outside.filter((at) =>
          [0, 1, 2].some((i) => picture.data[4 * at + i] !== photo.data[4 * at + i]),
        )
        values.outsideChanged = changed.length / outside.length
      }
      return values
    },
    async close() {},
  }
}

/**
 * How many times too much or too little fine detail there is, as a power of two. A grey level more or less
 * is not seen, and would decide where the truth is smooth.
 */
export function detailOff(picture: Picture, truth: Picture, on: Uint32Array): number {
  return Math.abs(Math.log2((fineDetail(picture, on) + 1) / (fineDetail(truth, on) + 1)))
}

function columns(): Metric['columns'] {
  const all: Record<string, 'higher' | 'lower'> = {}
  for (const part of parts) {
    all[`${part}Error`] = 'lower'
    all[`${part}Psnr`] = 'higher'
    if (!textured.includes(part)) continue
    all[`${part}DetailOff`] = 'lower'
    all[`${part}Patches`] = 'lower'
  }
  return { ...all, outsideChanged: 'lower' }
}

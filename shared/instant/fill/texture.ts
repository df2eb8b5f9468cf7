/**
 * How rough a picture is, by place: mean steps of brightness across and down (Newson et al., SIIMS
 * 2014). Means over patches make a filled hole smooth; smooth places would match it best, and the hole
 * would stay smooth. Roughness is measured in the photo itself, so coarse levels still know it.
 */

import { pushPull } from '../push-pull.ts'
import { type Level, REACH } from './level.ts'

/** Networks paint more smoothly than photos are: what they guess is taken to be so many times as rough. */
const ROUGHER = 1.6

/** Numbers of a pixel in {@link Steps.sums}: steps across, steps down, how many were added up. */
const STRIDE = 3

/** Sums of the steps of the photo's brightness, by pixel of a level; none at closed pixels. */
export type Steps = {
  readonly width: number
  readonly height: number
  readonly sums: Float32Array
}

/** The steps of a picture, by pixel of the level of half its size. */
export function halvedSteps({ width, height, data, closed }: Omit<Level, 'texture'>): Steps {
  const steps = emptySteps(width, height)
  const { sums } = steps
  const bright = (at: number) =>
    0.299 * data[4 * at]! + 0.587 * data[4 * at + 1]! + 0.114 * data[4 * at + 2]!
  for (let y = 0; y < 2 * steps.height && y + 1 < height; y++)
    for (let x = 0; x < 2 * steps.width && x + 1 < width; x++) {
      const at = y * width + x
      if ((closed[at]! | closed[at + 1]! | closed[at + width]!) !== 0) continue
      const here = bright(at)
      const into = STRIDE * ((y >> 1) * steps.width + (x >> 1))
      sums[into] = sums[into]! + Math.abs(bright(at + 1) - here)
      sums[into + 1] = sums[into + 1]! + Math.abs(bright(at + width) - here)
      sums[into + 2] = sums[into + 2]! + 1
    }
  return steps
}

/** The same of everything, with what is guessed in the hole. */
export function allSteps(level: Level): Steps {
  return halvedSteps({ ...level, closed: new Uint8Array(level.closed.length) })
}

/** The same steps at half the size again. */
export function summedSteps({ width, height, sums }: Steps): Steps {
  const small = emptySteps(width, height)
  for (let y = 0; y < 2 * small.height && y < height; y++)
    for (let x = 0; x < 2 * small.width && x < width; x++) {
      const into = STRIDE * ((y >> 1) * small.width + (x >> 1))
      const from = STRIDE * (y * width + x)
      for (let i = 0; i < STRIDE; i++) small.sums[into + i]! += sums[from + i]!
    }
  return small
}

function emptySteps(width: number, height: number): Steps {
  const cols = Math.max(1, width >> 1)
  const rows = Math.max(1, height >> 1)
  return { width: cols, height: rows, sums: new Float32Array(STRIDE * cols * rows) }
}

/** Two numbers a pixel: the mean steps across and down of the patch around it, 0 where none is known. */
export function textureOf(steps: Steps): Float32Array {
  const { width, height } = steps
  const rows = slidingSums(steps.sums, height, STRIDE * width, width, STRIDE)
  const means = slidingSums(rows, width, STRIDE, height, STRIDE * width)
  const texture = new Float32Array(2 * width * height)
  for (let at = 0; at < width * height; at++) {
    const count = means[STRIDE * at + 2]!
    if (count < 0.5) continue
    texture[2 * at] = means[STRIDE * at]! / count
    texture[2 * at + 1] = means[STRIDE * at + 1]! / count
  }
  return texture
}

/** Sums of {@link STRIDE} numbers over the side of a patch, along each of so many lines. */
function slidingSums(
  values: Float32Array,
  lines: number,
  nextLine: number,
  length: number,
  next: number,
): Float32Array {
  const sums = new Float32Array(values.length)
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < STRIDE; i++) {
      const start = line * nextLine + i
      let sum = 0
      for (let k = -REACH; k < length; k++) {
        if (k + REACH < length) sum += values[start + (k + REACH) * next]!
        if (k > REACH) sum -= values[start + (k - REACH - 1) * next]!
        if (k >= 0) sums[start + k * next] = sum
      }
    }
  return sums
}

/**
 * Gives a level the texture of a guess, in place of what nobody knows: without it, what is rough in the guess would be like
 * whatever is smooth in the photo and has its mean colour.
 *
 * @param guessed of {@link allSteps}
 */
export function guessTexture({ hole, closed, texture }: Level, guessed: Float32Array): void {
  if (texture === null) return
  for (let at = closed.indexOf(1); at !== -1; at = closed.indexOf(1, at + 1)) {
    const times = hole[at] === 1 ? ROUGHER : 1
    texture[2 * at] = times * guessed[2 * at]!
    texture[2 * at + 1] = times * guessed[2 * at + 1]!
  }
}

/** A first guess inside the hole: the texture of the surroundings, spread smoothly. */
export function spreadTexture({ width, height, hole, hidden }: Level, texture: Float32Array): void {
  const level = { width, height, channels: 2, data: new Float32Array(3 * width * height) }
  for (let at = 0; at < hole.length; at++) {
    if (hole[at] === 1 || hidden?.[at] === 1) continue
    level.data[3 * at] = texture[2 * at]!
    level.data[3 * at + 1] = texture[2 * at + 1]!
    level.data[3 * at + 2] = 1
  }
  pushPull(level)
  for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1)) {
    texture[2 * at] = level.data[3 * at]!
    texture[2 * at + 1] = level.data[3 * at + 1]!
  }
}

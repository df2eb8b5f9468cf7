/** Colours along a line outwards from a thing's border. */

import type { LabImage } from '../../segmentation/lab.ts'

/** In Lab, pixel by pixel. */
export type Profile = Readonly<Record<'l' | 'a' | 'b', Float32Array>>

type Lab = { readonly l: number; readonly a: number; readonly b: number }

/** The colours of pixels. */
export function profileOf(image: LabImage, line: readonly number[]): Profile {
  const plane = (values: Float32Array) => Float32Array.from(line, (at) => values[at]!)
  return { l: plane(image.l), a: plane(image.a), b: plane(image.b) }
}

/** The means of profiles, as far as at least so many of them go. */
export function meanProfile(profiles: readonly Profile[], least: number): Profile {
  const lengths = profiles.map(({ l }) => l.length).sort((a, b) => b - a)
  const length = lengths[least - 1] ?? 0
  const plane = (of: keyof Profile) =>
    Float32Array.from({ length }, (_, step) => {
      let [sum, count] = [0, 0]
      for (const profile of profiles) {
        if (step >= profile[of].length) continue
        sum += profile[of][step]!
        count++
      }
      return sum / count
    })
  return { l: plane('l'), a: plane('a'), b: plane('b') }
}

/** The mean colour from one step to before another. */
export function meanColour({ l, a, b }: Profile, from: number, to: number): Lab {
  const sum = { l: 0, a: 0, b: 0 }
  for (let i = from; i < to; i++) {
    sum.l += l[i]!
    sum.a += a[i]!
    sum.b += b[i]!
  }
  const count = to - from
  return { l: sum.l / count, a: sum.a / count, b: sum.b / count }
}

/**
 * The steps from which on so much of a line is plain.
 *
 * @param off colours are so far from their mean, at most
 * @param steepest they may change evenly by so much, from the first to the last
 */
export function plainFrom(
  profile: Profile,
  from: number,
  length: number,
  off: number,
  steepest: number,
): number[] {
  const count = Math.max(0, profile.l.length - length - from + 1)
  const starts = Array.from({ length: count }, (_, i) => from + i)
  return starts.filter((start) => isPlainAt(profile, start, length, off, steepest))
}

function isPlainAt(
  { l, a, b }: Profile,
  start: number,
  length: number,
  off: number,
  steepest: number,
): boolean {
  const middle = (length - 1) / 2
  const spread = (length * (length * length - 1)) / 12
  const squares = new Float64Array(length)
  for (const plane of [l, a, b]) {
    let [sum, along] = [0, 0]
    for (let i = 0; i < length; i++) {
      const value = plane[start + i]!
      sum += value
      along += (i - middle) * value
    }
    const most = steepest / length
    const slope = Math.max(-most, Math.min(most, along / spread))
    for (let i = 0; i < length; i++)
      squares[i]! += (plane[start + i]! - sum / length - slope * (i - middle)) ** 2
  }
  return squares.every((squared) => squared < off ** 2)
}

/** How far lines differ in lightness from their mean, from one step to before another: standard deviation. */
export function textureOf(
  lines: readonly Profile[],
  mean: Profile,
  from: number,
  to: number,
): number {
  let [squares, count] = [0, 0]
  for (const { l } of lines)
    for (let i = from; i < Math.min(to, l.length); i++) {
      squares += (l[i]! - mean.l[i]!) ** 2
      count++
    }
  return count === 0 ? 0 : Math.sqrt(squares / count)
}

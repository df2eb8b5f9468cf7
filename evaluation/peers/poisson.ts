/**
 * Seamless cloning: inside a mask the gradients of one picture, at its border the colours of another
 * (Pérez, Gangnet and Blake, "Poisson image editing", SIGGRAPH 2003, Eq. 7 and 11). The linear system is
 * solved by conjugate gradients.
 */

import type { Picture } from '../picture.ts'

/** The residual may fall to this part of what it was at first. */
const TOLERANCE = 1e-4
const MOST_ROUNDS = 2000

/** Unknown colours: pixels of the mask, and the places of their neighbours among them. */
type Unknowns = {
  /** Flat indices of pixels. */
  readonly at: Int32Array
  /** Four for each pixel: the number of an unknown; -1 for a known pixel; -2 outside the frame. */
  readonly beside: Int32Array
}

/**
 * @param source of the gradients, of the ground's size
 * @param mask 1 where the ground's colours are replaced
 */
export function seamlesslyCloned(source: Picture, ground: Picture, mask: Uint8Array): Picture {
  const { width, height } = ground
  const data = ground.data.slice()
  const unknowns = unknownsOf(mask, width, height)
  for (let channel = 0; channel < 3; channel++) {
    const solved = solve(unknowns, source.data, ground.data, width, channel)
    unknowns.at.forEach((at, i) => {
      data[4 * at + channel] = solved[i] as number
    })
  }
  return { width, height, data }
}

function unknownsOf(mask: Uint8Array, width: number, height: number): Unknowns {
  const number = new Int32Array(mask.length).fill(-1)
  const at: number[] = []
  mask.forEach((flag, pixel) => {
    if (flag === 1) number[pixel] = at.push(pixel) - 1
  })
  const beside = new Int32Array(4 * at.length)
  at.forEach((pixel, i) => {
    const x = pixel % width
    const y = Math.floor(pixel / width)
    beside[4 * i] = x > 0 ? (number[pixel - 1] as number) : -2
    beside[4 * i + 1] = x < width - 1 ? (number[pixel + 1] as number) : -2
    beside[4 * i + 2] = y > 0 ? (number[pixel - width] as number) : -2
    beside[4 * i + 3] = y < height - 1 ? (number[pixel + width] as number) : -2
  })
  return { at: Int32Array.from(at), beside }
}

/** Colours of the unknowns in one channel. */
function solve(
  { at, beside }: Unknowns,
  source: Uint8ClampedArray,
  ground: Uint8ClampedArray,
  width: number,
  channel: number,
): Float64Array {
  const steps = [-1, 1, -width, width]
  const of = (picture: Uint8ClampedArray, pixel: number) => picture[4 * pixel + channel] as number
  const right = new Float64Array(at.length)
  at.forEach((pixel, i) => {
    for (let k = 0; k < 4; k++) {
      const next = beside[4 * i + k] as number
      if (next === -2) continue
      const to = pixel + (steps[k] as number)
      let sum = of(source, pixel) - of(source, to)
      if (next === -1) sum += of(ground, to)
      right[i] = (right[i] as number) + sum
    }
  })
  // What was there before is nearer than nothing.
  const x = Float64Array.from(at, (pixel) => of(source, pixel))
  const product = new Float64Array(at.length)
  apply(beside, x, product)
  const residual = right.map((value, i) => value - (product[i] as number))
  const direction = residual.slice()
  let square = dot(residual, residual)
  const enough = square * TOLERANCE ** 2
  for (let round = 0; round < MOST_ROUNDS && square > enough && square > 0; round++) {
    apply(beside, direction, product)
    const length = square / dot(direction, product)
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + length * (direction[i] as number)
      residual[i] = (residual[i] as number) - length * (product[i] as number)
    }
    const next = dot(residual, residual)
    for (let i = 0; i < x.length; i++)
      direction[i] = (residual[i] as number) + (next / square) * (direction[i] as number)
    square = next
  }
  return x
}

/** The discrete Laplacian, negative, over the unknowns: neighbours in the frame count, known ones as 0. */
function apply(beside: Int32Array, x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < x.length; i++) {
    let sum = 0
    for (let k = 4 * i; k < 4 * i + 4; k++) {
      const next = beside[k] as number
      if (next === -2) continue
      sum += x[i] as number
      if (next >= 0) sum -= x[next] as number
    }
    out[i] = sum
  }
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number)
  return sum
}

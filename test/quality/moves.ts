/**
 * Moves with known truth: a thing pasted on a photograph at A is dragged to B; pasted at B is what
 * should come out. The mask is exact, or wider or tighter than the thing, as masks are that people
 * draw.
 */

import { defaultField } from '../../shared/geometry/fields/part-fields.ts'
import { editInstantly, type InstantEdit } from '../../shared/instant/instant.ts'
import { nearestFlagged } from '../../shared/instant/outline/nearest.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'
import { compare, errors, type Measures } from './measures.ts'
import type { Photo } from './photos.ts'

/** By how many pixels masks are wider than the thing; negative: tighter. */
export const MARGINS = [0, 4, 8, 12, -2, -4] as const

type Offset = { readonly x: number; readonly y: number }

export type MoveCase = {
  readonly before: Photo
  readonly truth: Photo
  /** 1 for the thing's pixels in `before`. */
  readonly shape: Uint8Array
  /** By how much the thing moves, in whole pixels. */
  readonly by: Offset
}

/**
 * @param layer the thing, RGBA with alpha 0 around it, of the ground's size
 * @param by the way it goes, or null for a quarter of the width to where it has room
 * @returns null if the thing is empty or would leave the frame
 */
export function moveCase(ground: Photo, layer: Pixels, by: Offset | null): MoveCase | null {
  const { width, height } = ground
  const shape = Uint8Array.from({ length: width * height }, (_, at) =>
    (layer.data[4 * at + 3] ?? 0) >= 128 ? 1 : 0,
  )
  const quarter = Math.round(width / 4)
  const ways = by === null ? [-1, 1].map((sign) => ({ x: sign * quarter, y: 6 * sign })) : [by]
  const way = ways.find((one) => count(shifted(shape, width, height, one)) === count(shape))
  if (way === undefined || count(shape) === 0) return null
  const still = { x: 0, y: 0 }
  return { before: pasted(ground, layer, still), truth: pasted(ground, layer, way), shape, by: way }
}

/** The part of a photo in a shape, with an edge that a camera would make: half a pixel soft. */
export function layerOf(thing: Photo, shape: Uint8Array, { width, height }: Photo): Pixels {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      let near = 0
      for (const to of [0, -1, 1, -width, width]) near += (shape[at + to] ?? 0) * (to === 0 ? 4 : 1)
      const from = 4 * (Math.min(y, thing.height - 1) * thing.width + Math.min(x, thing.width - 1))
      data.set(thing.data.subarray(from, from + 3), 4 * at)
      data[4 * at + 3] = (255 * near) / 8
    }
  return { width, height, data }
}

const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0)

function shifted(flags: Uint8Array, width: number, height: number, by: Offset): Uint8Array {
  const out = new Uint8Array(flags.length)
  flags.forEach((flag, at) => {
    const x = (at % width) + by.x
    const y = Math.floor(at / width) + by.y
    if (flag === 1 && x >= 4 && y >= 4 && x < width - 4 && y < height - 4) out[y * width + x] = 1
  })
  return out
}

function pasted(ground: Photo, layer: Pixels, by: Offset): Photo {
  const { width, height } = ground
  const data = ground.data.slice()
  for (let y = 0, from = 0; y < height; y++)
    for (let x = 0; x < width; x++, from += 4) {
      const alpha = (layer.data[from + 3] ?? 0) / 255
      const [toX, toY] = [x + by.x, y + by.y]
      if (alpha === 0 || toX < 0 || toY < 0 || toX >= width || toY >= height) continue
      const into = 4 * (toY * width + toX)
      for (let i = 0; i < 3; i++)
        data[into + i] = alpha * (layer.data[from + i] ?? 0) + (1 - alpha) * (data[into + i] ?? 0)
    }
  return { ...ground, data }
}

/** A mask `margin` pixels wider than the thing. */
export function maskOf({ shape, before: { width, height } }: MoveCase, margin: number): Mask {
  const away = distances(shape, width, height)
  return { width, height, data: Uint8Array.from(away, (value) => (value > -margin ? 1 : 0)) }
}

export type MoveMeasures = {
  readonly picture: Photo
  readonly seconds: number
  /** Mean error within 5 pixels of the landed border. */
  readonly ring: number
  /** PSNR deeper inside. */
  readonly inside: number
  readonly vacated: Measures
  /** Pixels that changed far from both places. */
  readonly outside: number
}

export function measureMove(
  { before, truth, shape, by }: MoveCase,
  mask: Mask,
  edit: (photo: Pixels, edit: InstantEdit) => Uint8ClampedArray = editInstantly,
): MoveMeasures {
  const { width, height } = before
  const middle = [...shape.keys()].filter((at) => shape[at] === 1 && mask.data[at] === 1)
  const handleAt = middle[Math.floor(middle.length / 2)] ?? 0
  const handle = { x: (handleAt % width) + 0.5, y: Math.floor(handleAt / width) + 0.5 }
  const drags = [{ handle, target: { x: handle.x + by.x, y: handle.y + by.y } }]
  const geometry = { scope: 'global', field: defaultField(), power: 2 } as const
  const start = performance.now()
  const data = edit(before, {
    drags,
    mask,
    geometry,
    seed: 1,
    within: null,
    fixed: null,
    affects: null,
  })
  const seconds = (performance.now() - start) / 1000
  const picture = { ...before, data: new Uint8ClampedArray(data) }
  const away = distances(shifted(shape, width, height, by), width, height)
  const old = distances(shape, width, height)
  const pixels = [...shape.keys()].filter((at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x > 3 && y > 3 && x < width - 4 && y < height - 4
  })
  const where = (on: (at: number) => boolean) => pixels.filter(on)
  return {
    picture,
    seconds,
    ring: errors(
      picture,
      truth,
      where((at) => Math.abs(away[at] ?? 0) <= 5),
    ).meanError,
    inside: errors(
      picture,
      truth,
      where((at) => (away[at] ?? 0) > 5),
    ).psnr,
    vacated: compare(
      picture,
      truth,
      where((at) => (old[at] ?? 0) > 0 && (away[at] ?? 0) < -5),
    ),
    outside: pixels.filter(
      (at) =>
        (old[at] ?? 0) < -24 &&
        (away[at] ?? 0) < -24 &&
        [0, 1, 2].some((i) => picture.data[4 * at + i] !== before.data[4 * at + i]),
    ).length,
  }
}

/** Distance to the border, positive inside. */
function distances(flags: Uint8Array, width: number, height: number): Float32Array {
  const size = { width, height }
  const toInside = nearestFlagged(flags, size)
  const toOutside = nearestFlagged(
    flags.map((flag) => 1 - flag),
    size,
  )
  const away = (at: number, to: number) =>
    Math.hypot((at % width) - (to % width), Math.floor(at / width) - Math.floor(to / width))
  return Float32Array.from(flags, (flag, at) =>
    flag === 1 ? away(at, toOutside[at] ?? at) : -away(at, toInside[at] ?? at),
  )
}

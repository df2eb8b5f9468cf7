/**
 * Moves with known truth: a thing cut out of one photograph and pasted on another at A is dragged to
 * B; pasted at B is what should come out.
 */

import { editInstantly } from '../../shared/instant/instant.ts'
import { nearestFlagged } from '../../shared/instant/nearest.ts'
import { Random } from '../../shared/instant/random.ts'
import type { Mask } from '../../shared/mask.ts'
import { holeIn } from './fill.ts'
import { compare } from './measures.ts'
import type { Photo } from './photos.ts'

export type MoveCase = {
  readonly before: Photo
  readonly truth: Photo
  readonly mask: Mask
  /** By how much the thing moves, in whole pixels. */
  readonly by: { readonly x: number; readonly y: number }
}

/** A thing of `part` of the photo, cut out of `thing`; null if it would not fit twice. */
export function moveCase(ground: Photo, thing: Photo, part: number, seed: number): MoveCase | null {
  const { width, height } = ground
  const shape = holeIn({ ...thing, width, height }, part, seed)
  const random = new Random(seed + 77)
  const by = {
    x: Math.round(((random.below(100) < 50 ? -1 : 1) * width) / 4),
    y: random.below(21) - 10,
  }
  const landed = shifted(shape, width, height, by)
  if (count(landed) < count(shape) || thing.width < width || thing.height < height) return null
  return {
    before: pasted(ground, thing, shape, { x: 0, y: 0 }),
    truth: pasted(ground, thing, shape, by),
    mask: { width, height, data: shape },
    by,
  }
}

const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0)

function shifted(flags: Uint8Array, width: number, height: number, by: MoveCase['by']): Uint8Array {
  const out = new Uint8Array(flags.length)
  flags.forEach((flag, at) => {
    const x = (at % width) + by.x
    const y = Math.floor(at / width) + by.y
    if (flag === 1 && x >= 4 && y >= 4 && x < width - 4 && y < height - 4) out[y * width + x] = 1
  })
  return out
}

/** The thing's pixels on the ground, with an edge that a camera would make: half a pixel soft. */
function pasted(ground: Photo, thing: Photo, shape: Uint8Array, by: MoveCase['by']): Photo {
  const { width, height } = ground
  const data = ground.data.slice()
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      let near = 0
      for (const to of [0, -1, 1, -width, width]) near += (shape[at + to] ?? 0) * (to === 0 ? 4 : 1)
      const [toX, toY] = [x + by.x, y + by.y]
      if (near === 0 || toX < 0 || toY < 0 || toX >= width || toY >= height) continue
      const alpha = near / 8
      const into = 4 * (toY * width + toX)
      for (let i = 0; i < 3; i++)
        data[into + i] =
          alpha * (thing.data[4 * (y * thing.width + x) + i] ?? 0) +
          (1 - alpha) * (data[into + i] ?? 0)
    }
  return { ...ground, data }
}

/** Errors of a move: in the ring of +-5 pixels around the landed border, inside, vacated, outside. */
export function measureMove({ before, truth, mask, by }: MoveCase) {
  const { width, height } = before
  const first = mask.data.indexOf(1)
  const middle = [...mask.data.keys()].filter((at) => mask.data[at] === 1)
  const handleAt = middle[Math.floor(middle.length / 2)] ?? first
  const handle = { x: (handleAt % width) + 0.5, y: Math.floor(handleAt / width) + 0.5 }
  const drags = [{ handle, target: { x: handle.x + by.x, y: handle.y + by.y } }]
  const start = performance.now()
  const data = editInstantly(before, {
    drags,
    mask,
    geometry: { scope: 'component', power: 2 },
    seed: 1,
    within: null,
  })
  const seconds = (performance.now() - start) / 1000
  const picture = { ...before, data: new Uint8ClampedArray(data) }
  const landed = shifted(mask.data, width, height, by)
  const away = distances(landed, width, height)
  const old = distances(mask.data, width, height)
  const pixels = [...landed.keys()].filter((at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x > 3 && y > 3 && x < width - 4 && y < height - 4
  })
  const where = (on: (at: number) => boolean) => compare(picture, truth, pixels.filter(on))
  return {
    picture,
    seconds,
    ring: where((at) => Math.abs(away[at] ?? 0) <= 5).meanError,
    inside: where((at) => (away[at] ?? 0) > 5).psnr,
    vacated: where((at) => (old[at] ?? 0) > 0 && (away[at] ?? 0) < -5),
    outside: pixels.filter(
      (at) =>
        (old[at] ?? 0) < -8 &&
        (away[at] ?? 0) < -8 &&
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

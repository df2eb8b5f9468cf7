/**
 * Drawn scenes with known truth: a textured thing on a textured ground that is turned, scaled, stretched or
 * squeezed by its drags, or that uncovers another thing. Drawn again where it should be is what should
 * come out.
 */

import type { Drag, Point } from '../../shared/drag.ts'
import type { Picture } from '../picture.ts'
import type { Made } from './truth-case.ts'

const SIZE = { width: 304, height: 240 }
const MIDDLE: Point = { x: 152, y: 120 }
/** Half of the thing's sides. */
const HALF = { x: 60, y: 45 }
/** Samples of a pixel's side: edges are as soft as a camera's. */
const SAMPLES = 3

type Colour = readonly [number, number, number]
const BLACK: Colour = [0, 0, 0]
/** The colour of a thing at a point, or null beside it. */
type Painter = (at: Point) => Colour | null

/** A motion of the thing in the middle. */
export type Motion = {
  readonly name: string
  readonly drags: readonly Drag[]
  /** Where a point of the landed thing comes from. */
  readonly back: (at: Point) => Point
}

const drag = (handle: Point, target: Point): Drag => ({ handle, target })
const CORNERS = [-0.8, 0.8].flatMap((x) =>
  [-0.8, 0.8].map((y) => ({ x: MIDDLE.x + x * HALF.x, y: MIDDLE.y + y * HALF.y })),
)

/** A turn by an angle and a scale about the first of two handles, or about the middle of more. */
function turn(name: string, degrees: number, scale: number, handles: readonly Point[]): Motion {
  const [first = MIDDLE] = handles
  const centre = handles.length === 2 ? first : MIDDLE
  const angle = (degrees * Math.PI) / 180
  const moved = ({ x, y }: Point, by: number, factor: number): Point => {
    const [a, b] = [x - centre.x, y - centre.y]
    const [cos, sin] = [factor * Math.cos(by), factor * Math.sin(by)]
    return { x: centre.x + cos * a - sin * b, y: centre.y + sin * a + cos * b }
  }
  return {
    name,
    drags: handles.map((handle) => drag(handle, moved(handle, angle, scale))),
    back: (at) => moved(at, -angle, 1 / scale),
  }
}

/** The left end is pinned and the right one dragged, each at three points. */
function stretch(name: string, factor: number): Motion {
  const left = MIDDLE.x - 0.9 * HALF.x
  const drags = [-0.8, 0, 0.8].flatMap((part) => {
    const y = MIDDLE.y + part * HALF.y
    const handle = { x: MIDDLE.x + 0.9 * HALF.x, y }
    const pin = { x: left, y }
    return [drag(pin, pin), drag(handle, { x: left + factor * (handle.x - left), y })]
  })
  return { name, drags, back: ({ x, y }) => ({ x: left + (x - left) / factor, y }) }
}

const [CORNER = MIDDLE] = CORNERS
const OPPOSITE = { x: 2 * MIDDLE.x - CORNER.x, y: 2 * MIDDLE.y - CORNER.y }

export const motions: readonly Motion[] = [
  turn('turn', 30, 1, CORNERS),
  turn('turn-by-a-pin', 30, 1, [CORNER, OPPOSITE]),
  turn('grow', 0, 1.4, CORNERS),
  turn('shrink', 0, 0.7, CORNERS),
  stretch('stretch', 1.4),
  stretch('squeeze', 0.7),
]

const thing: Painter = (at) => {
  const { x, y } = at
  if (Math.abs(x - MIDDLE.x) >= HALF.x || Math.abs(y - MIDDLE.y) >= HALF.y) return null
  return [180 + 60 * Math.sin(x / 4), 60 + 50 * Math.sin(y / 3.5), 60 + 40 * Math.sin((x + y) / 6)]
}
const ground: Painter = ({ x, y }) => [70, 110 + 15 * Math.sin(x / 9), 150 + 15 * Math.cos(y / 11)]
/** A post behind the thing, wider than high things are deep: half of it is hidden at first. */
const post: Painter = ({ x, y }) =>
  Math.abs(x - MIDDLE.x - HALF.x) < 25 && Math.abs(y - MIDDLE.y) < 2 * HALF.y
    ? [200 + 20 * Math.sin(y / 5), 190, 90 + 20 * Math.sin(y / 5)]
    : null

/** The thing drawn where a motion takes it. */
export function drawnMotion({ name, drags, back }: Motion): Made {
  const after: Painter = (at) => thing(back(at))
  return {
    id: `drawn/${name}`,
    category: 'drawn',
    ...drawn([ground, thing], [ground, after], thing, after),
    drags,
  }
}

/** The thing moves away from before a post, or onto it: the post itself stays. */
export function drawnOcclusion(name: 'uncover' | 'cover'): Made {
  const by = name === 'uncover' ? -75 : 45
  const after: Painter = ({ x, y }) => thing({ x: x - by, y })
  return {
    id: `drawn/${name}`,
    category: 'drawn',
    ...drawn([ground, post, thing], [ground, post, after], thing, after),
    drags: [drag(MIDDLE, { x: MIDDLE.x + by, y: MIDDLE.y })],
  }
}

function drawn(
  before: readonly Painter[],
  after: readonly Painter[],
  thingBefore: Painter,
  thingAfter: Painter,
): Pick<Made, 'before' | 'after' | 'shape' | 'landed'> {
  return {
    before: painted(before),
    after: painted(after),
    shape: covered(thingBefore),
    landed: covered(thingAfter),
  }
}

/** @param painters the last that has a colour at a point is in front */
function painted(painters: readonly Painter[]): Picture {
  const { width, height } = SIZE
  const front = new Uint8Array(width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) front[at] = frontAt(painters, { x: x + 0.5, y: y + 0.5 })
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const samples = isEdge(front, x, y) ? SAMPLES : 1
      const sum = [0, 0, 0]
      for (let k = 0; k < samples ** 2; k++) {
        const point = {
          x: x + ((k % samples) + 0.5) / samples,
          y: y + (Math.floor(k / samples) + 0.5) / samples,
        }
        const colour = painters[frontAt(painters, point)]?.(point) ?? BLACK
        for (let i = 0; i < 3; i++) sum[i] = (sum[i] as number) + (colour[i] as number)
      }
      for (let i = 0; i < 3; i++) data[4 * at + i] = (sum[i] as number) / samples ** 2
      data[4 * at + 3] = 255
    }
  return { width, height, data }
}

/** The number of the painter that is in front. */
function frontAt(painters: readonly Painter[], point: Point): number {
  return painters.findLastIndex((painter) => painter(point) !== null)
}

/** Whether two painters meet in a pixel or beside it. */
function isEdge(front: Uint8Array, x: number, y: number): boolean {
  const { width, height } = SIZE
  const own = front[y * width + x]
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let col = Math.max(0, x - 1); col <= Math.min(width - 1, x + 1); col++)
      if (front[row * width + col] !== own) return true
  return false
}

function covered(painter: Painter): Uint8Array {
  return Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) => {
    const centre = { x: (at % SIZE.width) + 0.5, y: Math.floor(at / SIZE.width) + 0.5 }
    return painter(centre) === null ? 0 : 1
  })
}

/**
 * Fields of a thing of which a part stays: the displacement falls off to nothing there, so that the
 * thing bends or stretches and does not tear. Positions are in pixels of the photo.
 */

import { type Drag, isPin, type Point, type Size } from '../../drag.ts'
import { inverseOf } from './inverse.ts'
import type { PartFields } from './part-fields.ts'
import type { PixelField } from './pixel-field.ts'
import { type WeightGrid, weightAt, weightGrid } from './weights.ts'

/** What stays: of the displacement across and of that down. Empty where nothing does. */
export type Fixed = { readonly across: readonly Point[]; readonly down: readonly Point[] }

/** How much of a displacement is left, in two grids of weights from 0 to 1. */
type Weights = {
  readonly grid: WeightGrid
  readonly across: Float32Array
  readonly down: Float32Array
}

/** Lines of the grid along the longer side. */
const LINES = 128
/** Its lines are no closer than this, in pixels. */
const LEAST_SIDE = 4
/** Most distances that are measured from each line crossing. */
const MAX_POINTS = 400
const LEAST_POINTS = 40
/** The fall-off is straight but for this part at either end. */
const ROUNDED = 0.2
/** A drag is at most so many times as long as what lies between it and what stays, where nobody says. */
const MOST_STRETCH = 3
/** Drags meet if their targets are closer than this part of the distance of their handles. */
const MEETING = 0.6
/** Nothing is closer to what stays than this, in pixels. */
const LEAST_ROOM = 2

/**
 * The drags, shortened to what the thing can follow: a handle beside what stays cannot go far. The
 * lengths of the others are the same.
 *
 * @param most a drag is at most so many times as long as what lies between it and what stays: it
 * stretches that
 */
export function boundDrags(drags: readonly Drag[], fixed: Fixed, most = MOST_STRETCH): Drag[] {
  return drags.map((drag) => {
    const { handle, target } = drag
    const x = target.x - handle.x
    const y = target.y - handle.y
    const at = (part: number) => ({ x: handle.x + part * x, y: handle.y + part * y })
    for (let part = 1; part > 0; part -= 1 / 16) {
      const room = (points: readonly Point[]) =>
        most * Math.min(distance(handle, points), distance(at(part), points))
      if (room(fixed.across) >= part * Math.abs(x) && room(fixed.down) >= part * Math.abs(y))
        return part === 1 ? drag : { handle, target: at(part) }
    }
    return { handle, target: at(1 / 16) }
  })
}

/** @param drags those of the part that are no pins, as its fields have them */
export function fadingFields(
  photo: Size,
  drags: readonly Drag[],
  fixed: Fixed,
  { forward, reverse }: PartFields,
): PartFields {
  const moving = drags.filter((drag) => !isPin(drag))
  if (fixed.across.length + fixed.down.length === 0 || moving.length === 0)
    return { forward, reverse }
  const there = faded(forward, moving, 1, weightsOf(photo, moving, fixed, 'handle'))
  const back = faded(reverse, moving, -1, weightsOf(photo, moving, fixed, 'target'))
  if (!meet(moving)) return { forward: there, reverse: back }
  return {
    forward: there,
    reverse: { ...back, evaluate: inverseOf(there.evaluate, back.evaluate) },
  }
}

/** Whether the targets of two drags are much closer than their handles. */
function meet(drags: readonly Drag[]): boolean {
  return drags.some((one, i) =>
    drags.some(
      (other, j) =>
        j < i &&
        distance(one.target, [other.target]) < MEETING * distance(one.handle, [other.handle]),
    ),
  )
}

/**
 * A field that falls off, and goes no further than the drags: what several of them agree on, such as a
 * scale, grows without end beyond them.
 *
 * @param way 1 along the drags, -1 back
 */
function faded(
  field: PixelField,
  drags: readonly Drag[],
  way: 1 | -1,
  { grid, across, down }: Weights,
): PixelField {
  const { scaleX, scaleY } = field
  const inX = rangeOf(drags.map(({ handle, target }) => way * scaleX * (target.x - handle.x)))
  const inY = rangeOf(drags.map(({ handle, target }) => way * scaleY * (target.y - handle.y)))
  return {
    ...field,
    evaluate: (u, v, out) => {
      field.evaluate(u, v, out)
      const [x, y] = [(u + 0.5) / scaleX, (v + 0.5) / scaleY]
      const left = weightAt(across, grid, x, y)
      out.du = left * inX(out.du)
      out.dv = inY(out.dv) * (across === down ? left : weightAt(down, grid, x, y))
    },
  }
}

/** Limits a value to those given and nothing. */
function rangeOf(values: readonly number[]): (value: number) => number {
  const least = Math.min(0, ...values)
  const most = Math.max(0, ...values)
  return (value) => Math.max(least, Math.min(most, value))
}

function weightsOf(
  photo: Size,
  drags: readonly Drag[],
  { across, down }: Fixed,
  anchor: 'handle' | 'target',
): Weights {
  const grid = weightGrid(photo, LINES, LEAST_SIDE)
  const { side, cols, rows } = grid
  const weights = (points: readonly Point[]) => {
    const few = evenly(points, Math.max(LEAST_POINTS, Math.floor(MAX_POINTS / drags.length)))
    const ramps = drags.map((drag) => rampOf(drag, points, few, anchor))
    const values = new Float32Array(cols * rows)
    for (let row = 0, at = 0; row < rows; row++)
      for (let col = 0; col < cols; col++, at++)
        values[at] = blended(ramps, drags, anchor, col * side, row * side)
    return values
  }
  const one = weights(across)
  return { grid, across: one, down: across === down ? one : weights(down) }
}

type Ramp = (x: number, y: number) => number

/** By distance to the drags, so that each has its own weight at its end. */
function blended(
  ramps: readonly Ramp[],
  drags: readonly Drag[],
  anchor: 'handle' | 'target',
  x: number,
  y: number,
): number {
  if (ramps.length === 1) return ramps[0]!(x, y)
  let [sum, all] = [0, 0]
  ramps.forEach((ramp, i) => {
    const end = drags[i]![anchor]
    const weight = 1 / (1 + (x - end.x) ** 2 + (y - end.y) ** 2)
    sum += weight * ramp(x, y)
    all += weight
  })
  return sum / all
}

/**
 * From 0 at what stays to 1 at the end of a drag: by a distance that is longer along the drag, so that
 * places keep their order there. What lies between what stays and the handle stretches over all the
 * way to the target, and what lies ahead of the handle is pressed together.
 */
function rampOf(
  { handle, target }: Drag,
  points: readonly Point[],
  few: readonly Point[],
  anchor: 'handle' | 'target',
): Ramp {
  const length = Math.hypot(target.x - handle.x, target.y - handle.y)
  const [x, y] = [(target.x - handle.x) / length, (target.y - handle.y) / length]
  const atHandle = Math.max(LEAST_ROOM, distance(handle, points))
  const atTarget = Math.max(LEAST_ROOM, distance(target, points))
  const behind = anchor === 'target' ? atHandle + length : atHandle
  const ahead = anchor === 'target' ? atTarget : atTarget + length
  const beside = Math.min(atHandle, atTarget)
  return (u, v) => {
    let least = 1
    for (const point of few) {
      const [across, down] = [u - point.x, v - point.y]
      const along = across * x + down * y
      const off = down * x - across * y
      const length = along / (along > 0 ? behind : ahead)
      least = Math.min(least, length * length + (off * off) / (beside * beside))
    }
    return eased(Math.sqrt(least))
  }
}

/** From 0 to 1 as its argument, straight but for rounded ends. */
function eased(t: number): number {
  const bow = 2 * ROUNDED * (1 - ROUNDED)
  if (t < ROUNDED) return (t * t) / bow
  return t > 1 - ROUNDED ? 1 - (1 - t) ** 2 / bow : (t - ROUNDED / 2) / (1 - ROUNDED)
}

function distance({ x, y }: Point, points: readonly Point[]): number {
  return points.reduce(
    (least, point) => Math.min(least, Math.hypot(point.x - x, point.y - y)),
    Number.POSITIVE_INFINITY,
  )
}

/** At most so many of a list, evenly. */
export function evenly<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}

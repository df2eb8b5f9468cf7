/** The gestures of each tool. They change the draft; they draw nothing. */

import type { Point } from '../../../shared/drag.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { Stroke } from '../../../shared/segmentation/seeds.ts'
import type { End } from '../edit/draft.ts'
import type { Gesture } from './gestures.ts'

export type Tool = 'pick' | 'box' | 'lasso' | 'add' | 'remove' | 'drag' | 'pin' | 'pan'

/** A box, lasso or stroke that is being drawn, in pixels of the shown copy. */
export type Sketch =
  | { readonly kind: 'box'; readonly box: Rectangle }
  | { readonly kind: 'lasso'; readonly points: readonly Point[] }
  | { readonly kind: 'add' | 'remove'; readonly stroke: Stroke }

/** The actions of gestures. Points are in pixels of the shown copy. */
export type Hands = {
  readonly pick: (at: Point) => void
  readonly box: (box: Rectangle) => void
  readonly lasso: (points: readonly Point[]) => void
  readonly stroke: (kind: 'add' | 'remove', stroke: Stroke) => void
  readonly pin: (at: Point) => void
  /** Takes hold of the thing at a point as a whole. @returns how it follows the pointer */
  readonly grab: (at: Point) => Follow
  /** Takes hold of one point of a thing with a new drag. @returns how it follows the pointer */
  readonly beginDrag: (at: Point) => Follow
  readonly moveEnd: (index: number, end: End, to: Point, first: boolean) => void
  readonly undo: () => void
  readonly sketch: (sketch: Sketch | null) => void
  readonly pan: (dx: number, dy: number) => void
}

/** Moves what was taken hold of. `first` starts a step that can be undone. */
export type Follow = (to: Point, first: boolean) => void

/** Radius of a stroke on the screen, in CSS pixels. */
const STROKE_RADIUS = 6
/** Smaller boxes and lassos are ignored as accidental, in CSS pixels. */
const LEAST = 6

/** @param scale CSS pixels per pixel of the shown copy */
export function gestureOf(tool: Tool, start: Point, hands: Hands, scale: number): Gesture | null {
  switch (tool) {
    case 'pick':
      return dragging(start, hands.grab, hands)
    case 'pin':
      return click(start, hands.pin)
    case 'box':
      return boxing(start, hands, scale)
    case 'lasso':
      return lassoing(start, hands, scale)
    case 'add':
    case 'remove':
      return stroking(tool, start, hands, scale)
    case 'drag':
      return dragging(start, hands.beginDrag, hands)
    case 'pan':
      return panning(start, hands)
  }
}

/** Moves one end of a drag. */
export function movingEnd(index: number, end: End, hands: Hands): Gesture {
  let first = true
  const move = (at: Point) => {
    hands.moveEnd(index, end, at, first)
    first = false
  }
  return {
    move,
    end: (at, moved) => {
      if (moved) move(at)
    },
    cancel: () => {
      if (!first) hands.undo()
    },
  }
}

function click(start: Point, done: (at: Point) => void): Gesture {
  return { move: () => {}, end: () => done(start), cancel: () => {} }
}

function boxing(start: Point, hands: Hands, scale: number): Gesture {
  const boxTo = (at: Point): Rectangle => ({
    left: Math.min(start.x, at.x),
    top: Math.min(start.y, at.y),
    width: Math.abs(at.x - start.x),
    height: Math.abs(at.y - start.y),
  })
  return {
    move: (at) => hands.sketch({ kind: 'box', box: boxTo(at) }),
    end: (at) => {
      hands.sketch(null)
      const box = boxTo(at)
      if (Math.min(box.width, box.height) * scale >= LEAST) hands.box(box)
    },
    cancel: () => hands.sketch(null),
  }
}

function lassoing(start: Point, hands: Hands, scale: number): Gesture {
  const points = [start]
  return {
    move: (at) => {
      points.push(at)
      hands.sketch({ kind: 'lasso', points: [...points] })
    },
    end: () => {
      hands.sketch(null)
      const extent = (of: (point: Point) => number) =>
        Math.max(...points.map(of)) - Math.min(...points.map(of))
      const least = Math.min(
        extent(({ x }) => x),
        extent(({ y }) => y),
      )
      if (least * scale >= LEAST) hands.lasso(points)
    },
    cancel: () => hands.sketch(null),
  }
}

function stroking(kind: 'add' | 'remove', start: Point, hands: Hands, scale: number): Gesture {
  const points = [start]
  const stroke = (): Stroke => ({ points: [...points], radius: STROKE_RADIUS / scale })
  return {
    move: (at) => {
      points.push(at)
      hands.sketch({ kind, stroke: stroke() })
    },
    end: () => {
      hands.sketch(null)
      hands.stroke(kind, stroke())
    },
    cancel: () => hands.sketch(null),
  }
}

/** A click selects a thing; a drag moves it, whether it was selected or not. */
function dragging(start: Point, take: (at: Point) => Follow, hands: Hands): Gesture {
  let follow: Follow | null = null
  const move = (at: Point) => {
    const first = follow === null
    follow ??= take(start)
    follow(at, first)
  }
  return {
    move,
    end: (at, moved) => {
      if (!moved) hands.pick(start)
      else move(at)
    },
    cancel: () => {
      if (follow !== null) hands.undo()
    },
  }
}

function panning(start: Point, hands: Hands): Gesture {
  // The picture follows the pointer, so `start` stays under it.
  const move = (at: Point) => hands.pan(at.x - start.x, at.y - start.y)
  return { move, end: () => {}, cancel: () => {} }
}

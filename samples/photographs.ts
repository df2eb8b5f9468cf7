/**
 * The photographs that the page offers, with drags that are ready to apply. Where they come from and
 * under which licence: photos/LICENSE.md.
 */

import { fileURLToPath } from 'node:url'
import type { Drag } from '../shared/drag.ts'

/** Left, top, right and bottom of a box, in pixels of the photo. */
type Box = readonly [number, number, number, number]

/** A photograph in its folder, and how its mask was found. */
export type Photograph = {
  readonly name: string
  /** What the drags do. */
  readonly title: string
  readonly drags: readonly Drag[]
  /** Drawn closely around each thing that moves; SAM finds the things. */
  readonly boxes: readonly Box[]
  /** Outlines drawn by hand, as SVG paths: what SAM does not see as the thing, such as its shadow. */
  readonly outlines: readonly string[]
  /** Pixels that the mask is widened by: fine hair outside the outline. */
  readonly margin: number
}

const drag = (x: number, y: number, toX: number, toY: number): Drag => ({
  handle: { x, y },
  target: { x: toX, y: toY },
})
const pin = (x: number, y: number) => drag(x, y, x, y)

export const photographs: readonly Photograph[] = [
  {
    name: 'fig',
    title: 'Move: the fig takes its shadow along',
    drags: [drag(580, 370, 660, 435)],
    boxes: [[410, 235, 700, 505]],
    outlines: [
      'M368 306L405 283L450 248L490 216L535 205L580 208L625 240L560 400L500 457L440 417L402 357L398 314Z',
    ],
    margin: 0,
  },
  {
    name: 'rocket',
    title: 'Move: lift-off',
    drags: [drag(323, 200, 323, 112)],
    boxes: [],
    // SAM finds a part of the scaffold at the rocket: here all of it that is as high goes along.
    outlines: [
      'M322 126L329 132L334 143L335 168L338 178L338 317L343 318L343 324L338 325L338 402L306 402L306 345L308 325L301 324L301 318L308 317L308 160L311 158L312 143L316 132Z',
    ],
    margin: 0,
  },
  {
    name: 'spruce',
    title: 'Move: from the wood to the middle',
    drags: [drag(742, 330, 596, 364)],
    boxes: [[700, 265, 795, 465]],
    outlines: [],
    margin: 2,
  },
  {
    name: 'pagoda',
    title: 'Stretch: one drag, one pin',
    drags: [drag(205, 120, 205, 96), pin(205, 340)],
    boxes: [[58, 28, 372, 415]],
    outlines: [],
    margin: 1,
  },
  {
    name: 'dandelion',
    title: 'Two things, each its own way',
    drags: [drag(835, 440, 690, 480), drag(570, 390, 478, 432)],
    boxes: [
      [765, 385, 905, 497],
      [515, 345, 625, 432],
    ],
    outlines: [],
    margin: 7,
  },
  {
    name: 'dahlia',
    title: 'Move: a large thing',
    drags: [drag(305, 220, 440, 200)],
    boxes: [[165, 80, 448, 362]],
    outlines: [],
    margin: 1,
  },
]

/** Folder of a photograph, with photo.jpg, mask.png and drags.json. */
export function photographFolder(name: string): string {
  return fileURLToPath(new URL(`./photos/${name}/`, import.meta.url))
}

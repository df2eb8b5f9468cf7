/** Which thing of a mask each token belongs to. */

import type { Point, Size } from '../drag.ts'
import { type Mask, tokenCoverage } from '../mask.ts'
import { maskOfThing, thingNumbers } from '../things-mask.ts'
import type { TokenGrid } from '../token-grid.ts'

/** The things of a mask on a grid. Numbers are those of the mask, 0 is none. */
export type ThingTokens = {
  /** By token, the thing that covers most of it; of several, the one with the smallest number. */
  readonly most: Uint8Array
  /** The thing at a point of the image. */
  readonly at: (point: Point, image: Size) => number
}

/** Null for a mask that does not tell its things apart. */
export function thingTokens(mask: Mask, grid: TokenGrid): ThingTokens | null {
  const { width, height, things } = mask
  if (things === undefined) return null
  const most = new Uint8Array(grid.rows * grid.cols)
  const covered = new Int32Array(most.length)
  for (const number of thingNumbers(mask)) {
    const coverage = tokenCoverage(maskOfThing(mask, number), grid)
    for (let token = 0; token < most.length; token++) {
      if (coverage[token]! <= covered[token]!) continue
      covered[token] = coverage[token]!
      most[token] = number
    }
  }
  return {
    most,
    at: ({ x, y }, image) => {
      const col = Math.min(width - 1, Math.floor((x * width) / image.width))
      const row = Math.min(height - 1, Math.floor((y * height) / image.height))
      return things[row * width + col]!
    },
  }
}

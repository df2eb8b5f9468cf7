/** Masks that say where one thing ends and the next begins. */

import type { Size } from './drag.ts'
import type { Mask } from './mask.ts'

/** The numbers of a mask's things, ascending; none if it does not tell them apart. */
export function thingNumbers({ things }: Mask): number[] {
  return things === undefined ? [] : [...new Set(things)].filter((n) => n > 0).sort((a, b) => a - b)
}

/** The mask of one thing. */
export function maskOfThing({ width, height, things }: Mask, number: number): Mask {
  const data = new Uint8Array(width * height)
  if (things !== undefined)
    for (let at = 0; at < data.length; at++) if (things[at] === number) data[at] = 1
  return { width, height, data }
}

/** A mask of things from one mask each, numbered from 1. Of several at a pixel, the last has it. */
export function maskOfThings(
  { width, height }: Size,
  each: readonly Uint8Array[],
): Mask & { readonly things: Uint8Array } {
  const things = new Uint8Array(width * height)
  each.forEach((data, i) => {
    for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) things[at] = i + 1
  })
  return { width, height, data: things.map((number) => Math.min(1, number)), things }
}

/** Pictures as networks take them. */

import type { Picture } from '../../picture.ts'
import type { Planes } from './resize.ts'

/** Colours from -1 to 1; 0, which is a grey, where `flags` are given and not 1. */
export function planesOf({ width, height, data }: Picture, flags?: Uint8Array): Planes {
  const count = width * height
  const planes = new Float32Array(3 * count)
  for (let channel = 0; channel < 3; channel++)
    for (let at = 0; at < count; at++)
      if (flags === undefined || flags[at] === 1)
        planes[channel * count + at] = data[4 * at + channel]! / 127.5 - 1
  return { width, height, data: planes }
}

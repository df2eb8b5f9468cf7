/**
 * A minimal TIFF in memory, one strip of 8-bit pixels with a colour profile: input for sharp only.
 */

import type { Size } from '../../shared/drag.ts'

const SHORT = 3
const LONG = 4
const UNDEFINED = 7

/**
 * Wraps interleaved RGB or RGBA pixels and an ICC profile (TIFF 6.0; tag 34675 for the profile).
 */
export function withProfile(
  samples: Uint8Array,
  { width, height }: Size,
  channels: 3 | 4,
  profile: Uint8Array,
): Uint8Array {
  const entries: [tag: number, type: number, count: number, value: number][] = []
  const tagCount = channels === 4 ? 12 : 11
  const bitsAt = 8 + 2 + 12 * tagCount + 4
  const profileAt = bitsAt + 8
  const samplesAt = profileAt + profile.length + (profile.length & 1)
  entries.push([256, LONG, 1, width])
  entries.push([257, LONG, 1, height])
  entries.push([258, SHORT, channels, bitsAt])
  entries.push([259, SHORT, 1, 1]) // no compression
  entries.push([262, SHORT, 1, 2]) // RGB
  entries.push([273, LONG, 1, samplesAt])
  entries.push([277, SHORT, 1, channels])
  entries.push([278, LONG, 1, height])
  entries.push([279, LONG, 1, samples.length])
  entries.push([284, SHORT, 1, 1]) // interleaved
  if (channels === 4) entries.push([338, SHORT, 1, 2]) // alpha is not premultiplied
  entries.push([34675, UNDEFINED, profile.length, profileAt])

  const file = new Uint8Array(samplesAt + samples.length)
  const view = new DataView(file.buffer)
  file.set([0x49, 0x49, 42, 0])
  view.setUint32(4, 8, true)
  view.setUint16(8, entries.length, true)
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, type, true)
    view.setUint32(at + 4, count, true)
    view.setUint32(at + 8, value, true)
  })
  for (let k = 0; k < channels; k++) view.setUint16(bitsAt + 2 * k, 8, true)
  file.set(profile, profileAt)
  file.set(samples, samplesAt)
  return file
}

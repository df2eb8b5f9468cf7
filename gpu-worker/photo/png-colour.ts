/**
 * What the values of a PNG mean where it says so without a profile: cICP, or gAMA and cHRM. sharp
 * ignores these chunks.
 */

import { coloursOf, type Primaries, type Transfer } from '../../shared/files/header/png-colours.ts'
import { type RgbSpace, rgbProfile } from './rgb-profile.ts'

const D65 = [0.3127, 0.329] as const
/** Colour primaries of H.273 that photos have. */
const PRIMARIES: Record<Primaries, Pick<RgbSpace, 'white' | 'primaries'>> = {
  1: {
    white: D65,
    primaries: [
      [0.64, 0.33],
      [0.3, 0.6],
      [0.15, 0.06],
    ],
  }, // BT.709, sRGB
  9: {
    white: D65,
    primaries: [
      [0.708, 0.292],
      [0.17, 0.797],
      [0.131, 0.046],
    ],
  }, // BT.2020
  12: {
    white: D65,
    primaries: [
      [0.68, 0.32],
      [0.265, 0.69],
      [0.15, 0.06],
    ],
  }, // Display P3
}
const SRGB = 13

/** Transfer characteristics of H.273, as light of a value. */
const TRANSFERS: Record<Transfer, RgbSpace['light']> = {
  1: bt1886,
  4: (v) => v ** 2.2,
  5: (v) => v ** 2.8,
  6: bt1886,
  8: (v) => v,
  [SRGB]: (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4),
  14: bt1886,
  15: bt1886,
}

/** A display of BT.709, BT.601 and BT.2020. The curve of those is a camera's, which browsers do not undo. */
function bt1886(v: number): number {
  return v ** 2.4
}

/** gAMA of a display of 2.2, which stands for sRGB; some programs round it. */
const SRGB_GAMMA = 45_455
const TOLERANCE = 500

/**
 * The profile of a PNG's values by its other colour chunks. 'own' leaves it to the profile inside the
 * file, if there is one; null is sRGB.
 *
 * @throws EditError `image_format_unsupported` for cICP with values that we cannot keep, such as HDR
 */
export function pngColour(png: Uint8Array): Uint8Array | 'own' | null {
  const chunks = chunksBeforePixels(png)
  const cicp = chunks.get('cICP')
  const colours = cicp === undefined ? null : coloursOf(cicp)
  if (colours !== null) return ofCodes(colours)
  if (chunks.has('iCCP') || chunks.has('sRGB')) return 'own'
  const gamma = chunks.get('gAMA')
  const chromaticities = chunks.get('cHRM')
  if (gamma === undefined || gamma.length < 4) return 'own'
  return ofGamma(gamma.readUInt32BE(0), chromaticities)
}

function ofCodes({ primaries, transfer }: { primaries: Primaries; transfer: Transfer }) {
  if (primaries === 1 && transfer === SRGB) return null
  return rgbProfile({ ...PRIMARIES[primaries], light: TRANSFERS[transfer] })
}

function ofGamma(gamma: number, chromaticities: Buffer | undefined): Uint8Array | 'own' {
  const standard = PRIMARIES[1]
  const said = chromaticities?.length === 32 ? spaceOf(chromaticities) : standard
  const space = isPossible(said) ? said : standard
  const isSrgb = Math.abs(gamma - SRGB_GAMMA) <= TOLERANCE && isNear(space, standard)
  if (gamma === 0 || isSrgb) return 'own'
  return rgbProfile({ ...space, light: (v) => v ** (100_000 / gamma) })
}

/** cHRM: white, red, green and blue, in 1/100000. */
function spaceOf(chrm: Buffer): Pick<RgbSpace, 'white' | 'primaries'> {
  const at = (i: number) =>
    [chrm.readUInt32BE(8 * i) / 100_000, chrm.readUInt32BE(8 * i + 4) / 100_000] as const
  return { white: at(0), primaries: [at(1), at(2), at(3)] }
}

/** Whether white and primaries can be those of a display: no division by zero, no flat triangle. */
function isPossible({ white, primaries }: Pick<RgbSpace, 'white' | 'primaries'>): boolean {
  const [[rx, ry], [gx, gy], [bx, by]] = primaries
  const area = Math.abs((gx - rx) * (by - ry) - (bx - rx) * (gy - ry)) / 2
  const points = [white, ...primaries]
  return white[1] > 0.1 && area > 0.01 && points.every(([x, y]) => y > 0.001 && x + y <= 1)
}

function isNear(one: Pick<RgbSpace, 'white' | 'primaries'>, other: typeof one): boolean {
  const flat = ({ white, primaries }: typeof one) => [...white, ...primaries.flat()]
  const others = flat(other)
  return flat(one).every((value, i) => Math.abs(value - (others[i] as number)) < 0.002)
}

/** The bodies of the chunks before the pixels, the first of each type. */
function chunksBeforePixels(png: Uint8Array): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  const found = new Map<string, Buffer>()
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') break
    if (!found.has(type)) found.set(type, bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  return found
}

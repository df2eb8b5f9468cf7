/**
 * What the values of a PNG mean where it says so without a profile: cICP, or gAMA and cHRM. sharp
 * ignores these chunks.
 */

import { EditError } from '../../shared/errors.ts'
import { type RgbSpace, rgbProfile } from './rgb-profile.ts'

const D65 = [0.3127, 0.329] as const
/** Colour primaries of H.273 that photos have. */
const PRIMARIES: Record<number, Pick<RgbSpace, 'white' | 'primaries'>> = {
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
const UNSPECIFIED = 2

/** Transfer characteristics of H.273, as light of a value. */
const TRANSFERS: Record<number, RgbSpace['light']> = {
  1: bt709,
  4: (v) => v ** 2.2,
  5: (v) => v ** 2.8,
  6: bt709,
  8: (v) => v,
  [SRGB]: (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4),
  14: bt709,
  15: bt709,
}

function bt709(v: number): number {
  return v < 0.081 ? v / 4.5 : ((v + 0.099) / 1.099) ** (1 / 0.45)
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
  if (cicp !== undefined && !cicp.subarray(0, 2).includes(UNSPECIFIED)) return ofCodes(cicp)
  if (chunks.has('iCCP') || chunks.has('sRGB')) return 'own'
  const gamma = chunks.get('gAMA')
  const chromaticities = chunks.get('cHRM')
  if (gamma === undefined || gamma.length < 4) return 'own'
  return ofGamma(gamma.readUInt32BE(0), chromaticities)
}

function ofCodes(cicp: Buffer): Uint8Array | null {
  const [primaries = 0, transfer = 0, matrix, fullRange] = cicp
  const space = PRIMARIES[primaries]
  const light = TRANSFERS[transfer]
  if (space === undefined || light === undefined || matrix !== 0 || fullRange !== 1)
    throw new EditError(
      'image_format_unsupported',
      `the PNG's cICP colours (${[...cicp].join(', ')}) are not supported; send it as sRGB or Display P3`,
      { pointer: '/image' },
    )
  return primaries === 1 && transfer === SRGB ? null : rgbProfile({ ...space, light })
}

function ofGamma(gamma: number, chromaticities: Buffer | undefined): Uint8Array | 'own' {
  const standard = PRIMARIES[1] as Pick<RgbSpace, 'white' | 'primaries'>
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

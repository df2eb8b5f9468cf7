/**
 * Turns PNG samples into levels of brightness, with one rule per colour type. Knows nothing of chunks,
 * filters or interlacing.
 */

import { EditError } from '../errors.ts'

/** The IHDR chunk. */
export type Header = {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colour: 'grey' | 'rgb' | 'palette' | 'grey-alpha' | 'rgb-alpha'
  readonly interlaced: boolean
}

/**
 * Writes the level, 0 to 255, of each of `count` pixels of an unfiltered row to `out[offset]`,
 * `out[offset + step]`, ...
 */
export type LevelRow = (
  row: Uint8Array,
  count: number,
  out: Uint8Array,
  offset: number,
  step: number,
) => void

/** What is written for a colour: 0 to 255. Samples are of 8 bits. */
export type ColourRule = (r: number, g: number, b: number, a: number) => number

/** `(0.299 R + 0.587 G + 0.114 B) * A / 255`, rounded up: over 127 just where the exact value is. */
export function level(r: number, g: number, b: number, a: number): number {
  return Math.ceil(((299 * r + 587 * g + 114 * b) * a) / 255_000)
}

/**
 * The row rule for a header. `transparency` is the body of tRNS: the alphas of a palette, or the one
 * transparent colour.
 *
 * @param rule asked only for colours that the picture has
 */
export function levelRow(
  header: Header,
  palette: Uint8Array | null,
  transparency: Uint8Array | null,
  rule: ColourRule,
): LevelRow {
  const { colour, depth } = header
  if (colour === 'palette')
    return tableRow(depth, paletteLevel(palette as Uint8Array, transparency, rule))
  if (colour === 'grey' && depth <= 8) return tableRow(depth, greyLevel(depth, transparency, rule))
  return wideRow(header, transparency, rule)
}

/** A value of a sample that was not seen before. */
const UNSEEN = 256

/** @param levelOf for each value of a sample of up to 8 bits */
function tableRow(depth: number, levelOf: (value: number) => number): LevelRow {
  const table = new Uint16Array(256).fill(UNSEEN)
  const perByte = 8 / depth
  const all = (1 << depth) - 1
  return (row, count, out, offset, step) => {
    for (let i = 0; i < count; i++) {
      const byte = row[Math.floor(i / perByte)] as number
      const value = (byte >> (8 - depth - (i % perByte) * depth)) & all
      if (table[value] === UNSEEN) table[value] = levelOf(value)
      out[offset + i * step] = table[value] as number
    }
  }
}

function paletteLevel(palette: Uint8Array, alphas: Uint8Array | null, rule: ColourRule) {
  return (i: number) => {
    if (3 * i + 2 >= palette.length)
      throw new EditError(
        'mask_unreadable',
        `the mask cannot be read: palette entry ${i} does not exist`,
        { pointer: '/mask' },
      )
    const [r, g, b] = palette.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number]
    return rule(r, g, b, alphas?.[i] ?? 255)
  }
}

function greyLevel(depth: number, transparency: Uint8Array | null, rule: ColourRule) {
  const scale = 255 / ((1 << depth) - 1)
  const key = sampleAt(transparency, 0)
  return (value: number) => {
    const grey = value * scale
    return rule(grey, grey, grey, value === key ? 0 : 255)
  }
}

/** Big-endian 16-bit sample `i` of a tRNS body, or -1 if there is none. */
function sampleAt(transparency: Uint8Array | null, i: number): number {
  if (transparency === null || transparency.length < 2 * i + 2) return -1
  return ((transparency[2 * i] as number) << 8) | (transparency[2 * i + 1] as number)
}

/** Samples of whole bytes: RGB and alpha with 8 or 16 bits, grey with 16. */
function wideRow(header: Header, transparency: Uint8Array | null, rule: ColourRule): LevelRow {
  const bytes = header.depth >> 3
  const grey = header.colour.startsWith('grey')
  const alpha = header.colour.endsWith('alpha')
  const colours = grey ? 1 : 3
  const pixel = bytes * (colours + (alpha ? 1 : 0))
  const keys = Array.from({ length: colours }, (_, k) => sampleAt(transparency, k))
  const keyed = !alpha && keys.every((key) => key >= 0)
  // The transparent colour is compared at full depth; everything else uses the high byte only.
  const isKey = (row: Uint8Array, at: number) =>
    keys.every((key, k) => {
      const hi = row[at + k * bytes] as number
      return key === (bytes === 2 ? (hi << 8) | (row[at + k * 2 + 1] as number) : hi)
    })
  // A value below 256 of 16 bits is not black: all of a mask may be in the low byte.
  const sample = (row: Uint8Array, at: number) =>
    (row[at] as number) || (bytes === 2 && row[at + 1] !== 0 ? 1 : 0)
  return (row, count, out, offset, step) => {
    for (let i = 0; i < count; i++) {
      const at = i * pixel
      const r = sample(row, at)
      const g = grey ? r : sample(row, at + bytes)
      const b = grey ? r : sample(row, at + 2 * bytes)
      const a = alpha ? (row[at + colours * bytes] as number) : keyed && isKey(row, at) ? 0 : 255
      out[offset + i * step] = rule(r, g, b, a)
    }
  }
}

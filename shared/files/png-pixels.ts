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

/** `(0.299 R + 0.587 G + 0.114 B) * A / 255`, rounded up: over 127 just where the exact value is. */
function level(r: number, g: number, b: number, a: number): number {
  return Math.ceil(((299 * r + 587 * g + 114 * b) * a) / 255_000)
}

/**
 * The row rule for a header. `transparency` is the body of tRNS: the alphas of a palette, or the one
 * transparent colour.
 */
export function levelRow(
  header: Header,
  palette: Uint8Array | null,
  transparency: Uint8Array | null,
): LevelRow {
  const { colour, depth } = header
  if (colour === 'palette')
    return tableRow(depth, paletteTable(palette as Uint8Array, transparency))
  if (colour === 'grey' && depth <= 8) return tableRow(depth, greyTable(depth, transparency))
  return wideRow(header, transparency)
}

/** A value of a sample that the palette does not have. */
const INVALID = 256

/** @param table one level for each value of a sample of up to 8 bits */
function tableRow(depth: number, table: Uint16Array): LevelRow {
  const perByte = 8 / depth
  const all = (1 << depth) - 1
  return (row, count, out, offset, step) => {
    for (let i = 0; i < count; i++) {
      const byte = row[Math.floor(i / perByte)] as number
      const value = (byte >> (8 - depth - (i % perByte) * depth)) & all
      const found = table[value] as number
      if (found === INVALID)
        throw new EditError(
          'mask_unreadable',
          `the mask cannot be read: palette entry ${value} does not exist`,
          {
            pointer: '/mask',
          },
        )
      out[offset + i * step] = found
    }
  }
}

function paletteTable(palette: Uint8Array, alphas: Uint8Array | null): Uint16Array {
  const table = new Uint16Array(256).fill(INVALID)
  for (let i = 0; 3 * i + 2 < palette.length; i++) {
    const alpha = alphas?.[i] ?? 255
    table[i] = level(
      palette[3 * i] as number,
      palette[3 * i + 1] as number,
      palette[3 * i + 2] as number,
      alpha,
    )
  }
  return table
}

function greyTable(depth: number, transparency: Uint8Array | null): Uint16Array {
  const scale = 255 / ((1 << depth) - 1)
  const key = sampleAt(transparency, 0)
  return Uint16Array.from({ length: 1 << depth }, (_, value) => {
    const grey = value * scale
    return level(grey, grey, grey, value === key ? 0 : 255)
  })
}

/** Big-endian 16-bit sample `i` of a tRNS body, or -1 if there is none. */
function sampleAt(transparency: Uint8Array | null, i: number): number {
  if (transparency === null || transparency.length < 2 * i + 2) return -1
  return ((transparency[2 * i] as number) << 8) | (transparency[2 * i + 1] as number)
}

/** Samples of whole bytes: RGB and alpha with 8 or 16 bits, grey with 16. */
function wideRow(header: Header, transparency: Uint8Array | null): LevelRow {
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
      out[offset + i * step] = level(r, g, b, a)
    }
  }
}

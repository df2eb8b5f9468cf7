/**
 * The mask decoder of the edge and the CLI: PNG to one byte per pixel, row by row. Guards against
 * decompression bombs, because the edge has little memory: the limit applies to the size in the
 * header, and no more is inflated than that size needs.
 */

import { EditError } from '../errors.ts'
import { checkMaskPixels, MAX_MASK_PIXELS, MAX_THINGS_PIXELS, type Mask } from '../mask.ts'
import { formatNameOf } from './image-header.ts'
import { inflate, slicesOf } from './inflate.ts'
import { type ColourRule, type Header, type LevelRow, level, levelRow } from './png-pixels.ts'
import { ThingColours } from './thing-colours.ts'
import { markWhite } from './white.ts'

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]

/** Adam7: first column, first row, column step, row step of each pass. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
const NO_INTERLACE = [[0, 0, 1, 1]] as const

/**
 * Decodes a PNG of any colour type and depth to a mask. A pixel is white if `(0.299 R + 0.587 G +
 * 0.114 B) * A / 255 > 127`; 16-bit samples are shifted right by 8 (1 to 255 are 1), palettes are expanded, gamma and
 * colour profiles are ignored. If no pixel is that bright, the only other value than black is white.
 *
 * @throws EditError `mask_unreadable`, `mask_too_large`, `mask_empty` if several values are darker
 * than white
 */
export async function decodePngMask(png: Uint8Array): Promise<Mask> {
  const mask = await decoded(png, level, MAX_MASK_PIXELS)
  markWhite(mask)
  return mask
}

/**
 * Decodes a PNG of any colour type and depth to a mask of things: each colour but black is one. What is
 * more transparent than not is black.
 *
 * @throws EditError `mask_unreadable`, `mask_too_large`
 */
export async function decodePngThings(png: Uint8Array): Promise<Mask> {
  const colours = new ThingColours()
  const read = await decoded(png, colours.rule, MAX_THINGS_PIXELS)
  return colours.mask(read)
}

async function decoded(png: Uint8Array, rule: ColourRule, most: number): Promise<Mask> {
  const { header, palette, transparency, data } = readChunks(png)
  checkMaskPixels(header, most)
  const mask = {
    width: header.width,
    height: header.height,
    data: new Uint8Array(header.width * header.height),
  }
  const rows = new RowReader(header, mask, levelRow(header, palette, transparency, rule))
  try {
    for await (const bytes of inflate(slicesOf(data))) {
      rows.push(bytes)
      // Data beyond the size in the header is not read.
      if (rows.complete) break
    }
  } catch (cause) {
    if (cause instanceof EditError) throw cause
    unreadable('its pixel data is cut off or damaged')
  }
  if (!rows.complete) unreadable('its pixel data ends too early')
  return mask
}

function unreadable(why: string): never {
  throw new EditError('mask_unreadable', `the mask cannot be read: ${why}`, { pointer: '/mask' })
}

type Chunks = {
  header: Header
  palette: Uint8Array | null
  transparency: Uint8Array | null
  data: Uint8Array[]
}

function readChunks(png: Uint8Array): Chunks {
  if (!SIGNATURE.every((byte, i) => png[i] === byte)) {
    const other = formatNameOf(png)
    unreadable(other === null ? 'it is not a PNG' : `it is a ${other}; send a PNG`)
  }
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  let header: Header | null = null
  let palette: Uint8Array | null = null
  let transparency: Uint8Array | null = null
  const data: Uint8Array[] = []
  for (let at = 8; at + 12 <= png.length; ) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8))
    const end = at + 8 + length
    if (end + 4 > png.length) {
      // A truncated last chunk may still contain every row.
      if (type === 'IDAT') data.push(png.subarray(at + 8))
      break
    }
    const body = png.subarray(at + 8, end)
    if (view.getUint32(end) !== crc32(png.subarray(at + 4, end)))
      unreadable(`the checksum of its ${type} chunk is wrong`)
    if (type === 'IHDR') header = readHeader(body)
    else if (type === 'PLTE') palette = body
    else if (type === 'tRNS') transparency = body
    else if (type === 'IDAT') data.push(body)
    else if (type === 'IEND') break
    at = end + 4
  }
  if (header === null) return unreadable('it has no header')
  if (header.colour === 'palette' && palette === null) unreadable('it has no palette')
  return { header, palette, transparency, data }
}

const COLOURS = { 0: 'grey', 2: 'rgb', 3: 'palette', 4: 'grey-alpha', 6: 'rgb-alpha' } as const
const DEPTHS = {
  grey: [1, 2, 4, 8, 16],
  rgb: [8, 16],
  palette: [1, 2, 4, 8],
  'grey-alpha': [8, 16],
  'rgb-alpha': [8, 16],
} as const

function readHeader(body: Uint8Array): Header {
  if (body.length !== 13) unreadable('its header has the wrong length')
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const width = view.getUint32(0)
  const height = view.getUint32(4)
  const depth = view.getUint8(8)
  const colour = COLOURS[view.getUint8(9) as keyof typeof COLOURS]
  const interlaced = view.getUint8(12)
  if (width === 0 || height === 0) unreadable(`its size is ${width}x${height}`)
  if (
    colour === undefined ||
    !(DEPTHS[colour] as readonly number[]).includes(depth) ||
    interlaced > 1
  )
    unreadable(
      `its header has an invalid combination: colour type ${view.getUint8(9)}, depth ${depth}, interlace ${interlaced}`,
    )
  return { width, height, depth, colour, interlaced: interlaced === 1 }
}

/**
 * Receives inflated bytes in chunks, undoes the row filters and writes the levels of finished rows.
 */
class RowReader {
  readonly #header: Header
  readonly #mask: Mask
  readonly #levels: LevelRow
  readonly #passes: readonly (readonly [number, number, number, number])[]
  #pass = -1
  #row = 0
  #rowsInPass = 0
  #colsInPass = 0
  #current = new Uint8Array(0)
  #previous = new Uint8Array(0)
  #filled = 0
  complete = false

  constructor(header: Header, mask: Mask, levels: LevelRow) {
    this.#header = header
    this.#mask = mask
    this.#levels = levels
    this.#passes = header.interlaced ? ADAM7 : NO_INTERLACE
    this.#nextPass()
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.complete; ) {
      const take = Math.min(bytes.length - at, this.#current.length - this.#filled)
      this.#current.set(bytes.subarray(at, at + take), this.#filled)
      this.#filled += take
      at += take
      if (this.#filled === this.#current.length) this.#finishRow()
    }
  }

  #nextPass(): void {
    const { width, height } = this.#header
    do {
      this.#pass++
      const pass = this.#passes[this.#pass]
      if (pass === undefined) {
        this.complete = true
        return
      }
      this.#colsInPass = Math.ceil((width - pass[0]) / pass[2])
      this.#rowsInPass = Math.ceil((height - pass[1]) / pass[3])
      // Small images have passes without pixels; these are absent from the data.
    } while (this.#colsInPass <= 0 || this.#rowsInPass <= 0)
    const rowBytes = Math.ceil((this.#colsInPass * bitsPerPixel(this.#header)) / 8)
    this.#current = new Uint8Array(1 + rowBytes)
    this.#previous = new Uint8Array(1 + rowBytes)
    this.#filled = 0
    this.#row = 0
  }

  #finishRow(): void {
    unfilter(this.#current, this.#previous, Math.max(1, bitsPerPixel(this.#header) >> 3))
    const [x0, y0, dx, dy] = this.#passes[this.#pass] as readonly [number, number, number, number]
    const offset = (y0 + this.#row * dy) * this.#mask.width + x0
    this.#levels(this.#current.subarray(1), this.#colsInPass, this.#mask.data, offset, dx)
    const spent = this.#previous
    this.#previous = this.#current
    this.#current = spent
    this.#filled = 0
    this.#row++
    if (this.#row === this.#rowsInPass) this.#nextPass()
  }
}

const CHANNELS = { grey: 1, rgb: 3, palette: 1, 'grey-alpha': 2, 'rgb-alpha': 4 } as const

function bitsPerPixel(header: Header): number {
  return CHANNELS[header.colour] * header.depth
}

/**
 * Undoes the filter of one row in place (PNG specification, 9.2). Byte 0 of both rows is the filter
 * type.
 */
function unfilter(row: Uint8Array, above: Uint8Array, distance: number): void {
  const type = row[0] as number
  if (type > 4) unreadable(`a row has the unknown filter type ${type}`)
  if (type === 0) return
  for (let i = 1; i < row.length; i++) {
    const a = i > distance ? (row[i - distance] as number) : 0
    const b = above[i] as number
    const c = i > distance ? (above[i - distance] as number) : 0
    const guess = type === 1 ? a : type === 2 ? b : type === 3 ? (a + b) >> 1 : paeth(a, b, c)
    row[i] = (row[i] as number) + guess
  }
}

function paeth(a: number, b: number, c: number): number {
  const da = Math.abs(b - c)
  const db = Math.abs(a - c)
  const dc = Math.abs(a + b - 2 * c)
  return da <= db && da <= dc ? a : db <= dc ? b : c
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** The CRC-32 of PNG chunks. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (let i = 0; i < bytes.length; i++)
    c = (crcTable[(c ^ (bytes[i] as number)) & 255] as number) ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

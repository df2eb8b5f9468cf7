/** Masks between the edge and the worker: one bit per pixel, compressed. */

import { z } from 'zod'
import type { Size } from '../drag.ts'
import { findPixel, type Mask } from '../mask.ts'
import { readBounded } from './read-bounded.ts'

/**
 * Rows from the top, eight pixels per byte with the first in the highest bit, deflated (zlib) and
 * base64-encoded.
 */
export const PackedMask = z.strictObject({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  bits: z.base64(),
  /** The number of the thing at each pixel, one byte each, deflated and encoded as the bits. */
  things: z.base64().exactOptional(),
})
export type PackedMask = z.infer<typeof PackedMask>

/** Packs a mask at its full size, because pixels outside the mask must not change. */
export async function packMask({ width, height, data, things }: Mask): Promise<PackedMask> {
  const bytes = new Uint8Array(Math.ceil(data.length / 8))
  // Run by run: masks have few of them, and native code finds their ends.
  for (let from = findPixel(data, 1, 0); from < data.length; ) {
    const to = findPixel(data, 0, from)
    setBits(bytes, from, to)
    from = findPixel(data, 1, to)
  }
  const bits = await deflated(bytes)
  if (things === undefined) return { width, height, bits }
  return { width, height, bits, things: await deflated(things) }
}

/** Sets the bits of the pixels `[from, to)`. */
function setBits(bytes: Uint8Array, from: number, to: number): void {
  const first = from >> 3
  const last = (to - 1) >> 3
  const head = 255 >> (from & 7)
  const tail = 255 & (255 << (7 - ((to - 1) & 7)))
  if (first === last) {
    bytes[first] = (bytes[first] as number) | (head & tail)
    return
  }
  bytes[first] = (bytes[first] as number) | head
  bytes.fill(255, first + 1, last)
  bytes[last] = (bytes[last] as number) | tail
}

/** @throws Error if the number of bits does not match the size */
export async function unpackMask(packed: PackedMask): Promise<Mask> {
  const { width, height } = packed
  const bytes = await inflated(packed.bits, Math.ceil((width * height) / 8), packed)
  const data = new Uint8Array(width * height)
  for (let at = 0; at < data.length; at++)
    data[at] = ((bytes[at >> 3] as number) >> (7 - (at & 7))) & 1
  if (packed.things === undefined) return { width, height, data }
  return { width, height, data, things: await inflated(packed.things, width * height, packed) }
}

async function deflated(bytes: Uint8Array): Promise<string> {
  const { readable, writable } = new CompressionStream('deflate')
  const writer = writable.getWriter()
  const [packed] = await Promise.all([
    new Response(readable).arrayBuffer(),
    writer.write(bytes as Uint8Array<ArrayBuffer>),
    writer.close(),
  ])
  return base64(new Uint8Array(packed))
}

async function inflated(
  text: string,
  length: number,
  { width, height }: Size,
): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))
  const wrong = (bytes: string) => new Error(`${bytes} bytes are not a mask of ${width}x${height}`)
  const bytes = await readBounded(stream, length, { tooLarge: () => wrong(`over ${length}`) })
  if (bytes.length !== length) throw wrong(String(bytes.length))
  return bytes
}

/** In chunks, because the number of a function's arguments is limited. */
function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

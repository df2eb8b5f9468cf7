/** Masks between the edge and the worker: one bit per pixel, compressed. */

import { z } from 'zod'
import type { Size } from '../drag.ts'
import type { Mask } from '../mask.ts'
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
  for (let at = 0; at < data.length; at++)
    if (data[at] === 1) bytes[at >> 3] = (bytes[at >> 3] as number) | (128 >> (at & 7))
  const bits = await deflated(bytes)
  if (things === undefined) return { width, height, bits }
  return { width, height, bits, things: await deflated(things) }
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
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>])
  const stream = blob.stream().pipeThrough(new CompressionStream('deflate'))
  return base64(new Uint8Array(await new Response(stream).arrayBuffer()))
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

/** Encodes and decodes masks as PNG with the browser's codec. */

import type { Mask } from '../../../shared/mask.ts'

/** Encodes a mask, white on what moves; one that tells things apart, with a colour for each. */
export async function maskPng({ width, height, data, things }: Mask): Promise<Blob> {
  const image = new ImageData(width, height)
  const words = new Uint32Array(image.data.buffer)
  const colours = Array.from({ length: 256 }, (_, number) => colourOf(number))
  const numbers = things ?? data
  for (let i = 0; i < words.length; i++) words[i] = colours[numbers[i] as number] as number
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas.convertToBlob({ type: 'image/png' })
}

/** A colour of its own for each number up to 255, as RGBA in a little-endian word: black for 0, white for 1. */
function colourOf(number: number): number {
  const [green, blue] = [255 - ((67 * (number - 1)) & 255), 255 - ((29 * (number - 1)) & 255)]
  return number === 0 ? 0xff000000 : ((255 << 24) | (blue << 16) | (green << 8) | 255) >>> 0
}

/** Decodes a mask and scales it to a size. */
export async function readMask(png: Blob, width: number, height: number): Promise<Mask> {
  const words = await wordsOf(png, width, height)
  return { width, height, data: Uint8Array.from(words, (word) => ((word & 255) > 127 ? 1 : 0)) }
}

/** Decodes one mask for each colour but black, in the order of their first pixels, and scales them to a size. */
export async function readThings(png: Blob, width: number, height: number): Promise<Mask[]> {
  const words = await wordsOf(png, width, height)
  const each = new Map<number, Mask>()
  words.forEach((word, at) => {
    if (word >>> 31 === 0 || (word & 0xffffff) === 0) return
    const mask = each.get(word) ?? { width, height, data: new Uint8Array(width * height) }
    each.set(word, mask)
    mask.data[at] = 1
  })
  return [...each.values()]
}

/** The pixels of a picture, scaled to a size: RGBA as little-endian words. */
async function wordsOf(png: Blob, width: number, height: number): Promise<Uint32Array> {
  const bitmap = await createImageBitmap(png)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('This browser does not support 2D canvases.')
  context.imageSmoothingEnabled = false
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)
}

/** Encodes and decodes masks as PNG with the browser's codec. */

import type { Mask } from '../../../shared/mask.ts'

/** Encodes a mask, white on what moves. */
export async function maskPng({ width, height, data }: Mask): Promise<Blob> {
  const image = new ImageData(width, height)
  const words = new Uint32Array(image.data.buffer)
  for (let i = 0; i < words.length; i++) words[i] = data[i] === 1 ? 0xffffffff : 0xff000000
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas.convertToBlob({ type: 'image/png' })
}

/** Decodes a mask and scales it to a size. */
export async function readMask(png: Blob, width: number, height: number): Promise<Mask> {
  const bitmap = await createImageBitmap(png)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('This browser does not support 2D canvases.')
  context.imageSmoothingEnabled = false
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const bytes = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = (bytes[4 * i] as number) > 127 ? 1 : 0
  return { width, height, data }
}

/** Masks as PNG and back, by the browser's own codec. */

import type { Mask } from '../../../shared/mask.ts'

/** White on what moves. */
export async function maskPng({ width, height, data }: Mask): Promise<Blob> {
  const image = new ImageData(width, height)
  const words = new Uint32Array(image.data.buffer)
  for (let i = 0; i < words.length; i++) words[i] = data[i] === 1 ? 0xffffffff : 0xff000000
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas.convertToBlob({ type: 'image/png' })
}

/** A mask at the size it is wanted at. */
export async function readMask(png: Blob, width: number, height: number): Promise<Mask> {
  const bitmap = await createImageBitmap(png)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('this browser has no 2D canvas')
  context.imageSmoothingEnabled = false
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const bytes = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = (bytes[4 * i] as number) > 127 ? 1 : 0
  return { width, height, data }
}

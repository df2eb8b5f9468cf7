/** Photographs to measure on: a folder that the caller names, or the project's own scenes. */

import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import sharp from 'sharp'
import { sampleFolder } from '../../samples/render.ts'
import { scenes } from '../../samples/scenes.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

export type Photo = Pixels & {
  readonly name: string
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

const PICTURE = /^(original|original_image|photo|img|image)\.(png|jpe?g|webp)$/i

/** Paths of the photographs in a folder, at any depth, sorted. */
export async function photosIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export const samplePhotos = (): string[] =>
  scenes.map(({ name }) => join(sampleFolder(name), 'photo.jpg'))

/** RGBA, at most `side` pixels on its longest side. */
export async function readPhoto(path: string, side = 1024): Promise<Photo> {
  const { data, info } = await sharp(path)
    .rotate()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const name = basename(dirname(path))
  return { name, width, height, data: new Uint8ClampedArray(data) }
}

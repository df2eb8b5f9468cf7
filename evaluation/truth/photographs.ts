/** Photographs and things to build cases of: the project's own, or those of a folder. */

import { access, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import sharp from 'sharp'
import { photographFolder, photographs } from '../../samples/photographs.ts'
import { objectSvg, type Scene, sceneSvg } from '../../samples/scenes.ts'
import type { Size } from '../../shared/drag.ts'
import type { Picture } from '../picture.ts'

/** A photograph, and the outline of a thing in it; null if nobody drew one. */
export type Photograph = {
  readonly name: string
  readonly picture: Picture
  readonly thing: Uint8Array | null
}

const PICTURE = /^(original|original_image|photo|img|image)\.(png|jpe?g|webp)$/i
/** Beside a photograph, white on a thing. */
const OUTLINES = ['object-mask.png', 'mask.png']

/** Files of the project's own photographs. */
export const ownPhotographs = (): string[] =>
  photographs.map(({ name }) => join(photographFolder(name), 'photo.jpg'))

/**
 * Files of the photographs in a folder, at any depth, sorted.
 *
 * @throws Error if there are none
 */
export async function photographsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (found.length === 0) throw new Error(`${folder} has no photographs`)
  return found
}

/**
 * @param side the longest, at most
 * @param outlines whether a mask beside the photograph is the outline of a thing, and no editable mask
 */
export async function readPhotograph(
  file: string,
  side: number,
  outlines: boolean,
): Promise<Photograph> {
  const { data, info } = await sharp(file)
    .rotate()
    .flatten()
    .toColourspace('srgb')
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const size = { width: info.width, height: info.height }
  const names = outlines ? OUTLINES : OUTLINES.slice(0, 1)
  return {
    name: basename(dirname(file)),
    picture: { ...size, data: new Uint8ClampedArray(data) },
    thing: await outlineBeside(file, names, size),
  }
}

async function outlineBeside(file: string, names: readonly string[], size: Size) {
  for (const name of names) {
    const outline = join(dirname(file), name)
    const there = await access(outline).then(
      () => true,
      () => false,
    )
    if (!there) continue
    const grey = await sharp(outline)
      .resize({ width: size.width, height: size.height, fit: 'fill' })
      .greyscale()
      .raw()
      .toBuffer()
    return Uint8Array.from(grey, (value) => (value >= 128 ? 1 : 0))
  }
  return null
}

/** A drawn scene without its thing, and the thing with alpha, of the same size. */
export async function drawnScene(scene: Scene): Promise<{ ground: Picture; thing: Picture }> {
  return {
    ground: await rendered(sceneSvg({ ...scene, object: '' })),
    thing: await rendered(objectSvg(scene)),
  }
}

async function rendered(svg: string): Promise<Picture> {
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

/** What is moved and where: the project's own scenes, and things of one photograph on another. */

import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { objectSvg, type Scene, sceneSvg, scenes } from '../../samples/scenes.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'
import { holeIn } from './fill.ts'
import { layerOf, type MoveCase, moveCase } from './moves.ts'
import type { Photo } from './photos.ts'

/** The scenes in which everything goes the same way. */
export async function sceneCases(): Promise<MoveCase[]> {
  const cases = await Promise.all(
    scenes.map(async (scene) => {
      const [drag, ...others] = scene.drags
      if (drag === undefined || others.length > 0) return null
      const by = {
        x: Math.round(drag.target.x - drag.handle.x),
        y: Math.round(drag.target.y - drag.handle.y),
      }
      const ground = await drawn(scene, sceneSvg({ ...scene, object: '' }))
      return moveCase(ground, await drawn(scene, objectSvg(scene)), by)
    }),
  )
  return cases.filter((one) => one !== null)
}

async function drawn({ name }: Scene, svg: string): Promise<Photo> {
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { name, width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

/**
 * A thing of one photograph on another: what `object-mask.png` beside the photograph shows, or else
 * some discs of `part` of it.
 */
export async function pastedCase(
  ground: Photo,
  { path, photo }: { readonly path: string; readonly photo: Photo },
  part: number,
  seed: number,
): Promise<MoveCase | null> {
  return moveCase(ground, await thingOf(ground, path, photo, part, seed), null)
}

async function thingOf(
  ground: Photo,
  path: string,
  photo: Photo,
  part: number,
  seed: number,
): Promise<Pixels> {
  const outline = join(dirname(path), 'object-mask.png')
  const there = await access(outline).then(
    () => true,
    () => false,
  )
  if (!there) return layerOf(photo, holeIn(ground, part, seed), ground)
  const { width, height } = photo
  const mask = await sharp(outline)
    .resize({ width, height, fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer()
  // In the ground's middle; what does not fit is cut off, and then the case is left out.
  const [left, top] = [(ground.width - width) >> 1, (ground.height - height) >> 1]
  const data = new Uint8ClampedArray(4 * ground.width * ground.height)
  for (let y = 0; y < ground.height; y++)
    for (let x = 0; x < ground.width; x++) {
      const [fromX, fromY] = [x - left, y - top]
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue
      const from = fromY * width + fromX
      data.set(photo.data.subarray(4 * from, 4 * from + 3), 4 * (y * ground.width + x))
      data[4 * (y * ground.width + x) + 3] = mask[from] ?? 0
    }
  return { width: ground.width, height: ground.height, data }
}

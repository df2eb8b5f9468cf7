/** A photo as the patches that Qwen2.5-VL's vision tower takes (transformers image_processing_qwen2_vl.py). */

import { z } from 'zod'
import type { Size } from '../../../../shared/drag.ts'
import type { PatchedPicture } from '../text/qwen2-5-vl-inputs.ts'
import { bicubic, type Picture, resample } from './resample.ts'

const integer = z.number().int().positive()
const PerColour = z.tuple([z.number(), z.number(), z.number()])
const BICUBIC = 3

/** preprocessor_config.json of a Qwen2VLImageProcessor. */
export const PictureConfig = z
  .object({
    min_pixels: integer.optional(),
    max_pixels: integer.optional(),
    // Newer versions keep both here.
    size: z.object({ shortest_edge: integer, longest_edge: integer }).partial().nullish(),
    patch_size: integer.default(14),
    merge_size: integer.default(2),
    temporal_patch_size: integer.default(2),
    image_mean: PerColour.default([0.48145466, 0.4578275, 0.40821073]),
    image_std: PerColour.default([0.26862954, 0.26130258, 0.27577711]),
    resample: z.literal(BICUBIC).default(BICUBIC),
  })
  .transform(({ min_pixels, max_pixels, size, ...rest }) => ({
    ...rest,
    min_pixels: min_pixels ?? size?.shortest_edge ?? 56 * 56,
    max_pixels: max_pixels ?? size?.longest_edge ?? 28 * 28 * 1280,
  }))
export type PictureConfig = z.infer<typeof PictureConfig>

/**
 * The nearest size whose sides are multiples of a block, within the limits of pixels (upstream's
 * smart_resize).
 */
export function encodedSize({ width, height }: Size, config: PictureConfig): Size {
  const factor = config.patch_size * config.merge_size
  const nearest = (side: number) => roundHalfEven(side / factor) * factor
  const size = { width: nearest(width), height: nearest(height) }
  const area = size.width * size.height
  if (area > config.max_pixels) {
    const beta = Math.sqrt((height * width) / config.max_pixels)
    const side = (length: number) => Math.max(factor, Math.floor(length / beta / factor) * factor)
    return { width: side(width), height: side(height) }
  }
  if (area < config.min_pixels) {
    const beta = Math.sqrt(config.min_pixels / (height * width))
    const side = (length: number) => Math.ceil((length * beta) / factor) * factor
    return { width: side(width), height: side(height) }
  }
  return size
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value)
  if (value - down !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}

/** The patches of a picture [P, colours * moments * side * side], block by block. */
export function patchesOf(picture: Picture, config: PictureConfig): PatchedPicture {
  const { patch_size: side, merge_size: merge, temporal_patch_size: moments } = config
  const { width, height, planes } = resample(picture, encodedSize(picture, config), bicubic)
  const grid = { rows: height / side, cols: width / side }
  const patches = new Float32Array(3 * moments * height * width)
  const mean = config.image_mean.map((value) => Math.fround(value * 255))
  const deviation = config.image_std.map((value) => Math.fround(value * 255))
  let at = 0
  for (const [row, col] of blockByBlock(grid, merge))
    for (let colour = 0; colour < 3; colour++)
      // A still picture is the same at all moments.
      for (let moment = 0; moment < moments; moment++)
        for (let y = 0; y < side; y++) {
          const line = (colour * height + row * side + y) * width + col * side
          for (let x = 0; x < side; x++)
            patches[at++] =
              ((planes[line + x] as number) - (mean[colour] as number)) /
              (deviation[colour] as number)
        }
  return { grid, patches }
}

/** Row and column of each patch, in blocks of `merge` by `merge`. */
function* blockByBlock(
  { rows, cols }: PatchedPicture['grid'],
  merge: number,
): Generator<readonly [row: number, col: number]> {
  for (let top = 0; top < rows; top += merge)
    for (let left = 0; left < cols; left += merge)
      for (let i = 0; i < merge * merge; i++)
        yield [top + Math.floor(i / merge), left + (i % merge)]
}

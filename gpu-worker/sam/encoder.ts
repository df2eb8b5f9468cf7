/**
 * Encoders of SAM, by their inputs: planes of normalised colours, or a picture of 0 to 255 that the
 * graph normalises and pads itself. The photo fills a square, or a part of it at its top left.
 */

import sharp from 'sharp'
import { z } from 'zod'
import type { Size } from '../../shared/drag.ts'
import type { Signature } from '../onnx/session.ts'
import { floats, type Tensor } from '../onnx/tensor.ts'
import { decoded, openPhoto } from '../photo/open-photo.ts'

/** Schema of {@link Preprocessor}. */
export const Preprocessor = z.object({
  size: z.object({ longest_edge: z.number().int().positive() }),
  pad_size: z.object({ width: z.number().int(), height: z.number().int() }).optional(),
  image_mean: z.tuple([z.number(), z.number(), z.number()]),
  image_std: z.tuple([z.number(), z.number(), z.number()]),
})

/** How colours and sizes are prepared: transformers' preprocessor_config.json. */
export type Preprocessor = z.infer<typeof Preprocessor>

/** The side of SAM's square, where the graph does not say. */
const SIDE = 1024
/** Mean and deviation of ImageNet's colours, which every released SAM was trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

/** An encoder's input. */
export type Encoder = {
  readonly input: string
  /** planes: [1, 3, square, square], normalised. picture: [height, width, 3], 0 to 255. */
  readonly layout: 'planes' | 'picture'
  readonly square: number
  readonly longest: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** A photo's place in the square. */
export type Placed = {
  readonly photo: Size
  readonly square: number
  /** The photo's size in the square. */
  readonly content: Size
}

/** The encoder of a graph; null if the graph is none. */
export function encoderOf({ inputs }: Signature, config: Preprocessor | null): Encoder | null {
  const [input, ...others] = inputs
  if (input === undefined || others.length > 0 || input.type !== 'float32') return null
  const { name, dims } = input
  const layout =
    dims.length === 4 && (dims[1] === 3 || typeof dims[1] === 'string')
      ? 'planes'
      : dims.length === 3 && dims[2] === 3
        ? 'picture'
        : null
  if (layout === null) return null
  const fixed = layout === 'planes' && typeof dims[3] === 'number' ? dims[3] : SIDE
  const longest = config?.size.longest_edge ?? fixed
  return {
    input: name,
    layout,
    square: config === null ? fixed : (config.pad_size?.width ?? longest),
    longest,
    mean: config?.image_mean ?? IMAGENET.mean,
    std: config?.image_std ?? IMAGENET.std,
  }
}

/** A photo's place, and the encoder's input. */
type Prepared = { readonly placed: Placed; readonly input: Tensor }

/** Pixels as displayed, three bytes each. */
export type RgbPixels = Size & { readonly data: Uint8Array }

/** Decodes a photo and prepares it, as {@link preparedPixels}. */
export async function prepared(
  photo: Uint8Array,
  encoder: Encoder,
  fit: 'pad' | 'stretch',
): Promise<Prepared> {
  const upright = openPhoto(photo).flatten().toColourspace('srgb')
  const { data, info } = await decoded(upright.raw().toBuffer({ resolveWithObject: true }))
  return preparedPixels({ width: info.width, height: info.height, data }, encoder, fit)
}

/**
 * Prepares a decoded photo.
 *
 * @param fit pad: the photo keeps its aspect. stretch: it fills the square.
 */
export async function preparedPixels(
  { width, height, data }: RgbPixels,
  { square, longest, ...encoder }: Encoder,
  fit: 'pad' | 'stretch',
): Promise<Prepared> {
  const scale = longest / Math.max(width, height)
  const content =
    fit === 'stretch'
      ? { width: square, height: square }
      : { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) }
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...content, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer()
  return {
    placed: { photo: { width, height }, square, content },
    input:
      encoder.layout === 'picture'
        ? floats(Float32Array.from(pixels), content.height, content.width, 3)
        : planes(pixels, content, { square, ...encoder }),
  }
}

function planes(
  pixels: Uint8Array,
  { width, height }: Size,
  { square, mean, std }: Pick<Encoder, 'square' | 'mean' | 'std'>,
) {
  const values = new Float32Array(3 * square * square)
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const value = (pixels[3 * (y * width + x) + channel] as number) / 255
        values[(channel * square + y) * square + x] =
          (value - (mean[channel] as number)) / (std[channel] as number)
      }
  return floats(values, 1, 3, square, square)
}

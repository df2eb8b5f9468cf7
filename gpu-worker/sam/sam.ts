/**
 * SAM as two ONNX files (such as Xenova/slimsam-77-uniform): an encoder that runs once per photo,
 * and a decoder that finds the mask at some points. Embeddings of the last photos are kept.
 */

import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { z } from 'zod'
import type { Point, Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import { Recent } from '../../shared/recent.ts'
import { readJsonFile } from '../checkpoint/json-file.ts'
import { oneLine, unreadable, unusable } from '../checkpoint/unusable.ts'
import { LazySession } from '../onnx/lazy-session.ts'
import type { SessionOptions } from '../onnx/session.ts'
import { floats, type Tensor } from '../onnx/tensor.ts'
import { decoded, openPhoto } from '../photo/open-photo.ts'
import { maskOf } from './logits.ts'
import { fused, kernelOf, pointsOf } from './refine.ts'

/** A point of the photo, and whether it is on the thing. */
export type Prompt = Point & { readonly on: boolean }

/** A mask, and SAM's own estimate of its quality (IoU). */
export type Found = { readonly mask: Mask; readonly score: number }

const Preprocessor = z.object({
  size: z.object({ longest_edge: z.number().int().positive() }),
  pad_size: z.object({ width: z.number().int(), height: z.number().int() }).optional(),
  image_mean: z.tuple([z.number(), z.number(), z.number()]),
  image_std: z.tuple([z.number(), z.number(), z.number()]),
})
type Preprocessor = z.infer<typeof Preprocessor>

/** A photo after the encoder. */
type Embedded = {
  readonly photo: Size
  /** The photo's size in the padded square. */
  readonly content: Size
  readonly embeddings: Readonly<Record<string, Tensor>>
}

const KEPT_PHOTOS = 4

const GRAPHS = {
  encoder: 'vision_encoder.onnx',
  decoder: 'prompt_encoder_mask_decoder.onnx',
} as const

export class Sam {
  readonly #encoder: LazySession
  readonly #decoder: LazySession
  readonly #preprocessor: Preprocessor
  /** By digest of the photo's bytes. */
  readonly #photos = new Recent<string, Promise<Embedded>>(KEPT_PHOTOS)

  private constructor(folder: string, preprocessor: Preprocessor, options: SessionOptions) {
    const graph = (name: string) => () => readFile(join(folder, 'onnx', name))
    this.#encoder = new LazySession(graph(GRAPHS.encoder), options, true)
    this.#decoder = new LazySession(graph(GRAPHS.decoder), options, true)
    this.#preprocessor = preprocessor
  }

  /**
   * Opens and loads the graphs.
   *
   * @throws EditError `model_unavailable` if the folder has no SAM, or a damaged one
   */
  static async open(folder: string, options: SessionOptions): Promise<Sam> {
    const path = join(folder, 'preprocessor_config.json')
    const { success, data, error } = Preprocessor.safeParse(await readJsonFile(path))
    if (!success) throw unusable(path, oneLine(error))
    const sam = new Sam(folder, data, options)
    for (const [graph, session] of [
      [GRAPHS.encoder, sam.#encoder],
      [GRAPHS.decoder, sam.#decoder],
    ] as const) {
      const file = join(folder, 'onnx', graph)
      await access(file).catch((cause) => {
        throw unreadable(file, cause)
      })
      await session.warm().catch(async (error: Error) => {
        await sam.close()
        throw unusable(file, error.message)
      })
    }
    return sam
  }

  /** The size of a photo as displayed. */
  async sizeOf(photo: Uint8Array): Promise<Size> {
    return (await this.#embed(photo)).photo
  }

  /** Finds the thing at some points, in pixels of the photo as displayed. */
  async at(photo: Uint8Array, prompts: readonly Prompt[]): Promise<Found> {
    const embedded = await this.#embed(photo)
    const { content, photo: size } = embedded
    const scaled = prompts.flatMap(({ x, y }) => [
      (x * content.width) / size.width,
      (y * content.height) / size.height,
    ])
    const labels = BigInt64Array.from(prompts, ({ on }) => (on ? 1n : 0n))
    const { outputs } = await this.#decoder.run({
      ...embedded.embeddings,
      input_points: floats(Float32Array.from(scaled), 1, 1, prompts.length, 2),
      input_labels: { type: 'I64', dims: [1, 1, prompts.length], data: labels },
    })
    const { iou_scores: scores, pred_masks: masks } = outputs
    if (scores?.type !== 'F32' || masks?.type !== 'F32')
      throw new Error(
        `the decoder returned ${Object.keys(outputs).join(', ')} instead of masks and scores`,
      )
    const [height, width] = masks.dims.slice(-2) as [number, number]
    const best = scores.data.indexOf(Math.max(...scores.data))
    const data = masks.data.subarray(best * width * height, (best + 1) * width * height)
    const square = this.#preprocessor.pad_size?.width ?? this.#preprocessor.size.longest_edge
    return {
      mask: maskOf({ width, height, data }, square, content, size),
      score: scores.data[best] as number,
    }
  }

  /**
   * Corrects the outline of a rough mask: SAM is prompted with up to 128 points of the mask, and
   * may move the outline by at most half a kernel.
   */
  async refine(photo: Uint8Array, rough: Mask): Promise<Mask> {
    const { photo: size } = await this.#embed(photo)
    const points = pointsOf(rough).map(({ x, y }) => ({
      x: (x * size.width) / rough.width,
      y: (y * size.height) / rough.height,
      on: true,
    }))
    const { mask } = await this.at(photo, points)
    return fused(rough, atSize(mask, rough), kernelOf(rough))
  }

  async close(): Promise<void> {
    await Promise.all([this.#encoder.close(), this.#decoder.close()])
  }

  #embed(photo: Uint8Array): Promise<Embedded> {
    const name = createHash('sha256').update(photo).digest('hex')
    const known = this.#photos.get(name) ?? this.#encode(photo)
    this.#photos.set(name, known)
    known.catch(() => this.#photos.delete(name))
    return known
  }

  async #encode(photo: Uint8Array): Promise<Embedded> {
    const { size, pad_size, image_mean: mean, image_std: std } = this.#preprocessor
    const upright = openPhoto(photo).flatten().toColourspace('srgb')
    const full = await decoded(upright.raw().toBuffer({ resolveWithObject: true }))
    const { width, height } = full.info
    const scale = size.longest_edge / Math.max(width, height)
    const content = {
      width: Math.floor(width * scale + 0.5),
      height: Math.floor(height * scale + 0.5),
    }
    const raw = { width, height, channels: 3 as const }
    const pixels = await sharp(full.data, { raw })
      .resize({ ...content, fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer()
    const square = pad_size?.width ?? size.longest_edge
    const values = new Float32Array(3 * square * square)
    for (let channel = 0; channel < 3; channel++)
      for (let y = 0; y < content.height; y++)
        for (let x = 0; x < content.width; x++) {
          const value = (pixels[3 * (y * content.width + x) + channel] as number) / 255
          values[(channel * square + y) * square + x] =
            (value - (mean[channel] as number)) / (std[channel] as number)
        }
    const { outputs } = await this.#encoder.run({
      pixel_values: floats(values, 1, 3, square, square),
    })
    return { photo: { width, height }, content, embeddings: outputs }
  }
}

/** Resizes a mask to the nearest pixels. */
function atSize(mask: Mask, { width, height }: Size): Mask {
  if (mask.width === width && mask.height === height) return mask
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const col = Math.floor(((x + 0.5) * mask.width) / width)
      const row = Math.floor(((y + 0.5) * mask.height) / height)
      data[y * width + x] = mask.data[row * mask.width + col] as number
    }
  return { width, height, data }
}

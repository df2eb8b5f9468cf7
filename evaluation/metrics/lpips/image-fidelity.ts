/**
 * Image fidelity: 1 - LPIPS of photo and result (run_eval_similarity.py of DragDiffusion), and the same
 * of their parts (DragFlow's evaluation): outside, from source to target, and at the source.
 */

import { readSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { unusable } from '../../../gpu-worker/checkpoint/unusable.ts'
import { LazySession } from '../../../gpu-worker/onnx/lazy-session.ts'
import type { SessionOptions } from '../../../gpu-worker/onnx/session.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'
import type { Measured, Metric } from '../../metric.ts'
import { landingOf } from '../regions/landing.ts'
import { LPIPS_SIDE, lpipsGraph, widthsOf } from './lpips-graph.ts'
import { planesOf } from './planes.ts'
import { type Planes, resizedPlanes } from './resize.ts'

const SQUARE = { width: LPIPS_SIDE, height: LPIPS_SIDE }

/**
 * @param file the state of `lpips.LPIPS(net='alex')`, as safetensors
 * @throws EditError `model_unavailable` if it cannot be read, or is something else
 */
export async function imageFidelity(file: string, options: SessionOptions): Promise<Metric> {
  const lpips = await Lpips.open(file, options)
  return {
    name: 'if',
    columns: { whole: 'higher', background: 'higher', s2t: 'higher', s2s: 'lower' },
    async measure(measured, signal) {
      const pairs = pairsOf(measured)
      const columns: Record<string, number> = {}
      for (const [name, [one, other]] of Object.entries(pairs))
        columns[name] = 1 - (await lpips.distance(one, other, signal))
      return columns
    },
    close: () => lpips.close(),
  }
}

/** What is compared: the whole, and its parts on grey where the case's mask says what they are. */
function pairsOf({ one, photo, edited: { picture } }: Measured): Record<string, [Planes, Planes]> {
  const pair = (flags?: Uint8Array): [Planes, Planes] => [
    planesOf(photo, flags),
    planesOf(picture, flags),
  ]
  const whole = { whole: pair() }
  if (one.mask?.kind === 'editable')
    return { ...whole, background: pair(one.mask.mask.data.map((flag) => 1 - flag)) }
  if (one.mask === null) return whole
  const { source, from } = landingOf(one)
  const landed = Uint8Array.from(from, (origin) => Number(origin !== -1))
  const moved = { ...photo, data: new Uint8ClampedArray(photo.data.length) }
  from.forEach((origin, at) => {
    if (origin !== -1) moved.data.set(photo.data.subarray(4 * origin, 4 * origin + 3), 4 * at)
  })
  return {
    ...whole,
    s2t: [planesOf(moved, landed), planesOf(picture, landed)],
    s2s: pair(source),
  }
}

/** The network, loaded when it is first run. */
export class Lpips {
  readonly #session: LazySession

  private constructor(session: LazySession) {
    this.#session = session
  }

  static async open(file: string, options: SessionOptions): Promise<Lpips> {
    const tensors = await readSafetensors(file)
    try {
      const graph = lpipsGraph(tensors, widthsOf(tensors))
      return new Lpips(new LazySession(() => graph, options, true))
    } catch (error) {
      throw unusable(
        file,
        `is not the state of lpips.LPIPS(net='alex'): ${(error as Error).message}`,
      )
    }
  }

  /** LPIPS of two pictures, both resized to 224 x 224. */
  async distance(one: Planes, other: Planes, signal?: AbortSignal): Promise<number> {
    const images = new Float32Array(2 * 3 * LPIPS_SIDE ** 2)
    images.set(resizedPlanes(one, SQUARE).data)
    images.set(resizedPlanes(other, SQUARE).data, images.length / 2)
    const inputs = { images: floats(images, 2, 3, LPIPS_SIDE, LPIPS_SIDE) }
    const { outputs } = await this.#session.run(inputs, signal)
    return Number(outputs.distance?.data[0])
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}

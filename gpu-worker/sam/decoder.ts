/**
 * What every form of SAM's decoder has. The forms are told apart by the names of their inputs and
 * outputs, never by those of their files.
 */

import type { Mask } from '../../shared/mask.ts'
import type { Signature } from '../onnx/session.ts'
import type { Tensor } from '../onnx/tensor.ts'
import type { Placed } from './encoder.ts'
import type { Plane } from './outline/logits.ts'
import type { Prompt } from './prompt.ts'

/** A mask, and SAM's own estimate of its quality (IoU). */
export type Found = { readonly mask: Mask; readonly score: number }

/** How a decoder is asked. */
export type Decoder = {
  /** How the photo is put into the encoder's square. */
  readonly fit: 'pad' | 'stretch'
  /** Names of the inputs that come from the encoder. */
  readonly embeddings: readonly string[]
  /** The inputs of a prompt, without the embeddings. */
  readonly inputsOf: (prompt: Prompt, placed: Placed) => Readonly<Record<string, Tensor>>
  /** The outputs with the masks and with their scores. */
  readonly outputs: { readonly masks: string; readonly scores: string }
  /** Which of so many masks answer a prompt. */
  readonly answers: (
    count: number,
    prompt: Prompt,
  ) => { readonly from: number; readonly to: number }
  /** Logits [height, width] to a mask of the photo. */
  readonly maskOf: (plane: Plane, placed: Placed) => Mask
}

/**
 * The masks that answer a prompt.
 *
 * @param corrected what becomes of the logits before they are cut
 * @throws Error for outputs of another form
 */
export function answersOf(
  { outputs: names, answers, maskOf }: Decoder,
  outputs: Readonly<Record<string, Tensor>>,
  prompt: Prompt,
  placed: Placed,
  corrected: (plane: Plane) => Plane,
): Found[] {
  const { [names.masks]: masks, [names.scores]: scores } = outputs
  if (masks?.type !== 'F32' || scores?.type !== 'F32')
    throw new Error(`the decoder's ${names.masks} and ${names.scores} are not float32`)
  const [height, width] = masks.dims.slice(-2) as [number, number]
  const area = width * height
  const { from, to } = answers(scores.data.length, prompt)
  return Array.from({ length: to - from }, (_, i) => {
    const at = from + i
    const data = masks.data.subarray(at * area, (at + 1) * area)
    const mask = maskOf(corrected({ width, height, data }), placed)
    return { mask, score: scores.data[at] as number }
  })
}

/** Whether a graph takes and gives values of these names. */
export function hasValues(
  { inputs, outputs }: Signature,
  taken: readonly string[],
  given: readonly string[],
): boolean {
  const has = (values: Signature['inputs'], name: string) =>
    values.some((value) => value.name === name)
  return taken.every((name) => has(inputs, name)) && given.every((name) => has(outputs, name))
}

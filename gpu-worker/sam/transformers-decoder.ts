/**
 * The decoder as transformers exports it (Xenova/slimsam-77-uniform and others): points only, so a
 * box becomes points.
 */

import type { Size } from '../../shared/drag.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import type { Signature } from '../onnx/session.ts'
import { floats } from '../onnx/tensor.ts'
import { type Decoder, hasValues } from './decoder.ts'
import { maskOf } from './outline/logits.ts'
import type { PromptPoint } from './prompt.ts'

const EMBEDDINGS = ['image_embeddings', 'image_positional_embeddings']
const [POINTS, LABELS] = ['input_points', 'input_labels']

/** The decoder of a graph; null if it has another form. */
export function transformersDecoder(signature: Signature): Decoder | null {
  const outputs = { masks: 'pred_masks', scores: 'iou_scores' }
  const taken = [...EMBEDDINGS, POINTS, LABELS]
  if (!hasValues(signature, taken, Object.values(outputs))) return null
  return {
    fit: 'pad',
    embeddings: EMBEDDINGS,
    inputsOf: ({ points, box }, { photo, content }) => {
      const all = box === null ? points : [...points, ...around(box, photo)]
      const places = all.flatMap(({ x, y }) => [
        (x * content.width) / photo.width,
        (y * content.height) / photo.height,
      ])
      const labels = BigInt64Array.from(all, ({ on }) => (on ? 1n : 0n))
      return {
        [POINTS]: floats(Float32Array.from(places), 1, 1, all.length, 2),
        [LABELS]: { type: 'I64', dims: [1, 1, all.length], data: labels },
      }
    },
    outputs,
    answers: (count) => ({ from: 0, to: count }),
    maskOf: (plane, { square, content, photo }) => maskOf(plane, square, content, photo),
  }
}

/** A box as points: its centre is on the thing, points just outside its sides and corners are not. */
export function around({ left, top, width, height }: Rectangle, size: Size): PromptPoint[] {
  const [right, bottom] = [left + width, top + height]
  const middle = { x: left + width / 2, y: top + height / 2 }
  const gap = 0.05 * Math.max(width, height)
  const outside = [left - gap, middle.x, right + gap].flatMap((x) =>
    [top - gap, middle.y, bottom + gap].map((y) => ({ x, y, on: false })),
  )
  const inImage = outside.filter(
    ({ x, y }) =>
      x >= 0 && y >= 0 && x < size.width && y < size.height && !(x === middle.x && y === middle.y),
  )
  return [{ ...middle, on: true }, ...inImage]
}

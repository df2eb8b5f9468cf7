/**
 * Stand-ins for SAM in its three public forms, small enough to calculate by hand. The encoder passes
 * on the photo's red plane. Each mask is that plane plus an offset, and each score is the sum of
 * (label + 2) (x + 10 y) over the points, plus a step.
 */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph, type Value } from '../../../gpu-worker/onnx/graph.ts'
import { concat, mul, reshape } from '../../../gpu-worker/onnx/ops.ts'
import { floats, indices } from '../../../gpu-worker/onnx/tensor.ts'

/** The side of the stand-ins' square. */
export const SQUARE = 8

/** An encoder of normalised planes, with the red one under each of these names. */
export function planesEncoder(input: string, outputs: readonly string[]): Uint8Array {
  const g = new Graph()
  const planes = g.input(input, 'F32', ['batch', 3, SQUARE, SQUARE])
  const red = sliced(g, planes, [0], [1], [1])
  for (const name of outputs) g.output(name, red, 'F32', [1, 1, SQUARE, SQUARE])
  return g.finish()
}

/** An encoder of a picture of 0 to 255 and 1024 x 1024 pixels, every 128th of which it passes on. */
export function pictureEncoder(input: string, output: string): Uint8Array {
  const g = new Graph()
  const picture = g.input(input, 'F32', ['height', 'width', 3])
  const step = 1024 / SQUARE
  const [from, to] = [
    [step / 2, step / 2, 0],
    [1024, 1024, 1],
  ] as const
  const red = sliced(g, picture, from, to, [0, 1, 2], [step, step, 1])
  const centred = g.node('Sub', [red, g.constant(floats(Float32Array.of(127.5), 1))])
  g.output(output, reshape(g, centred, [1, 1, SQUARE, SQUARE]), 'F32', [1, 1, SQUARE, SQUARE])
  return g.finish()
}

/** A decoder as Segment Anything exports it: masks of the asked size, one for each offset. */
export function originalDecoder(offsets: readonly number[]): Uint8Array {
  const g = new Graph()
  const plane = g.input('image_embeddings', 'F32', [1, 1, SQUARE, SQUARE])
  const scores = scored(g, offsets.length)
  const size = g.input('orig_im_size', 'F32', [2])
  const ends = g.node('Cast', [size], { to: 7 })
  const at = [g.constant(indices([0, 0])), ends, g.constant(indices([2, 3]))]
  const content = g.node('Slice', [plane, ...at])
  g.output('masks', shifted(g, content, offsets), 'F32', [1, 'masks', 'height', 'width'])
  g.output('iou_predictions', scores, 'F32', [1, offsets.length])
  g.output('low_res_masks', plane, 'F32', [1, 1, SQUARE, SQUARE])
  return g.finish()
}

/** A decoder of SAM 2 as samexporter exports it, whose masks come from the finest features. */
export function sam2Decoder(offsets: readonly number[]): Uint8Array {
  const g = new Graph()
  g.input('image_embed', 'F32', [1, 1, SQUARE, SQUARE])
  const plane = g.input('high_res_feats_0', 'F32', [1, 1, SQUARE, SQUARE])
  g.input('high_res_feats_1', 'F32', [1, 1, SQUARE, SQUARE])
  g.output('masks', shifted(g, plane, offsets), 'F32', [1, offsets.length, SQUARE, SQUARE])
  g.output('iou_predictions', scored(g, offsets.length), 'F32', [1, offsets.length])
  return g.finish()
}

/** A decoder as transformers exports it. */
export function transformersDecoder(offsets: readonly number[]): Uint8Array {
  const g = new Graph()
  const plane = g.input('image_embeddings', 'F32', [1, 1, SQUARE, SQUARE])
  g.input('image_positional_embeddings', 'F32', [1, 1, SQUARE, SQUARE])
  const points = g.input('input_points', 'F32', [1, 1, 'n', 2])
  const labels = g.node('Cast', [g.input('input_labels', 'I64', [1, 1, 'n'])], { to: 1 })
  const sum = sumOf(g, reshape(g, points, [1, -1, 2]), reshape(g, labels, [1, -1]))
  const [count, masks] = [offsets.length, shifted(g, plane, offsets)]
  g.output('iou_scores', reshape(g, stepped(g, sum, count), [1, 1, count]), 'F32', [1, 1, count])
  const shape = [1, 1, count, SQUARE, SQUARE]
  g.output('pred_masks', reshape(g, masks, shape), 'F32', shape)
  return g.finish()
}

/** A folder with these graphs. */
export async function graphFolder(graphs: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-sam-'))
  for (const [name, graph] of Object.entries(graphs)) await writeFile(join(folder, name), graph)
  return folder
}

/** The prompt's inputs of the two original forms, and the scores of so many masks. */
function scored(g: Graph, count: number): Value {
  const points = g.input('point_coords', 'F32', [1, 'n', 2])
  const labels = g.input('point_labels', 'F32', [1, 'n'])
  g.input('mask_input', 'F32', [1, 1, 4, 4])
  g.input('has_mask_input', 'F32', [1])
  return stepped(g, sumOf(g, points, labels), count)
}

/** [1, 1]: the sum over points [1, n, 2] with labels [1, n]. */
function sumOf(g: Graph, points: Value, labels: Value): Value {
  const two = g.constant(floats(Float32Array.of(2), 1))
  const weight = reshape(g, g.node('Add', [labels, two]), [1, -1, 1])
  const place = g.node('MatMul', [points, g.constant(floats(Float32Array.of(1, 10), 2, 1))])
  return g.node('ReduceSum', [mul(g, weight, place), g.constant(indices([1, 2]))], { keepdims: 0 })
}

/** [1, count]: the sum, and 1 more for each further mask. */
function stepped(g: Graph, sum: Value, count: number): Value {
  const steps = Float32Array.from({ length: count }, (_, i) => i)
  return g.node('Add', [reshape(g, sum, [1, 1]), g.constant(floats(steps, 1, count))])
}

function shifted(g: Graph, plane: Value, offsets: readonly number[]): Value {
  const each = offsets.map((offset) =>
    g.node('Add', [plane, g.constant(floats(Float32Array.of(offset), 1))]),
  )
  return concat(g, each, 1)
}

function sliced(
  g: Graph,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Value {
  return g.node('Slice', [x, ...[starts, ends, axes, steps].map((i) => g.constant(indices(i)))])
}

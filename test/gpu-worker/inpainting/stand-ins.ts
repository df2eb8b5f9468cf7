/**
 * Stand-ins for inpainting networks in their public forms, small enough to calculate by hand: what is
 * kept comes back, and the hole gets one grey.
 */

import { Graph, type Value } from '../../../gpu-worker/onnx/graph.ts'
import { cast } from '../../../gpu-worker/onnx/ops.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'

const number = (g: Graph, value: number) => g.constant(floats(Float32Array.of(value), 1))

/** keep image + (1 - keep) grey. */
function mixed(g: Graph, image: Value, keep: Value, grey: number): Value {
  const rest = g.node('Sub', [number(g, 1), keep])
  const filled = g.node('Mul', [rest, number(g, grey)])
  return g.node('Add', [g.node('Mul', [image, keep]), filled])
}

/** As MI-GAN's authors export their pipeline. */
export function miganStandIn(grey: number): Uint8Array {
  const g = new Graph()
  const image = g.input('image', 'U8', ['batch', 3, 'height', 'width'])
  const mask = g.input('mask', 'U8', ['batch', 1, 'height', 'width'])
  const keep = g.node('Div', [cast(g, mask, 'F32'), number(g, 255)])
  const result = mixed(g, cast(g, image, 'F32'), keep, grey)
  g.output('result', cast(g, result, 'U8'), 'U8', ['batch', 3, 'height', 'width'])
  return g.finish()
}

/** As LaMa is exported. @param scale 255 or 1: the largest value that it returns */
export function lamaStandIn(side: number, grey: number, scale: number): Uint8Array {
  const g = new Graph()
  const image = g.input('image', 'F32', [1, 3, side, side])
  const mask = g.input('mask', 'F32', [1, 1, side, side])
  const keep = g.node('Sub', [number(g, 1), mask])
  const result = mixed(g, image, keep, grey / 255)
  g.output('output', g.node('Mul', [result, number(g, scale)]), 'F32', [1, 3, side, side])
  return g.finish()
}

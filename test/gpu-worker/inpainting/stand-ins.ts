/**
 * Stand-ins for inpainting networks in their public forms, small enough to calculate by hand: what is
 * kept comes back, and the hole gets one grey.
 */

import { Graph, type Value } from '../../../gpu-worker/onnx/graph.ts'
import { cast } from '../../../gpu-worker/onnx/ops.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'

const number = (g: Graph, value: number) => g.constant(floats(Float32Array.of(value), 1))

/** keep image + (1 - keep) grey. */
function mixed(g: Graph, image: Value, keep: Value, grey: Value): Value {
  const rest = g.node('Sub', [number(g, 1), keep])
  const filled = g.node('Mul', [rest, grey])
  return g.node('Add', [g.node('Mul', [image, keep]), filled])
}

/** As MI-GAN's authors export their pipeline. @param grey `width` for a sixteenth of the picture's width */
export function miganStandIn(grey: number | 'width'): Uint8Array {
  const g = new Graph()
  const image = g.input('image', 'U8', ['batch', 3, 'height', 'width'])
  const mask = g.input('mask', 'U8', ['batch', 1, 'height', 'width'])
  const keep = g.node('Div', [cast(g, mask, 'F32'), number(g, 255)])
  const level = grey === 'width' ? sixteenthOfWidth(g, image) : number(g, grey)
  const result = mixed(g, cast(g, image, 'F32'), keep, level)
  g.output('result', cast(g, result, 'U8'), 'U8', ['batch', 3, 'height', 'width'])
  return g.finish()
}

function sixteenthOfWidth(g: Graph, image: Value): Value {
  const width = g.node('Shape', [image], { start: 3, end: 4 })
  return g.node('Div', [cast(g, width, 'F32'), number(g, 16)])
}

/** As LaMa is exported. @param scale 255 or 1: the largest value that it returns */
export function lamaStandIn(side: number, grey: number, scale: number): Uint8Array {
  const g = new Graph()
  const image = g.input('image', 'F32', [1, 3, side, side])
  const mask = g.input('mask', 'F32', [1, 1, side, side])
  const keep = g.node('Sub', [number(g, 1), mask])
  const result = mixed(g, image, keep, number(g, grey / 255))
  g.output('output', g.node('Mul', [result, number(g, scale)]), 'F32', [1, 3, side, side])
  return g.finish()
}

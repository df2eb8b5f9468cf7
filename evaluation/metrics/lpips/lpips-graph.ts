/**
 * LPIPS on AlexNet as a graph (lpips 0.1, net alex; torchvision's AlexNet): distances of features after
 * each of five layers, normalised along channels, weighted by channel and averaged over places. Tensor
 * names are those of the state of `lpips.LPIPS`; widths are those of the weights.
 */

import { Emitter, TensorRecorder } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { type ExternalTensor, Graph, type Value } from '../../../gpu-worker/onnx/graph.ts'
import { add, chunk, mul, paddedConv, reshape, scalar, sub } from '../../../gpu-worker/onnx/ops.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'

type Tensors = ReadonlyMap<string, ExternalTensor>

/** Pixels a side. */
export const LPIPS_SIDE = 224

/** AlexNet's convolutions, and whether the layer before them is pooled. */
const LAYERS = [
  { name: 'net.slice1.0', kernel: 11, stride: 4, pad: 2, pooled: false },
  { name: 'net.slice2.3', kernel: 5, stride: 1, pad: 2, pooled: true },
  { name: 'net.slice3.6', kernel: 3, stride: 1, pad: 1, pooled: true },
  { name: 'net.slice4.8', kernel: 3, stride: 1, pad: 1, pooled: false },
  { name: 'net.slice5.10', kernel: 3, stride: 1, pad: 1, pooled: false },
] as const

export const ALEXNET_WIDTHS: readonly number[] = [64, 192, 384, 256, 256]

/** What colours in [-1, 1] are shifted and scaled by, so that they are ImageNet's. */
const SHIFT = [-0.03, -0.088, -0.188]
const SCALE = [0.458, 0.448, 0.45]
const EPSILON = 1e-10

/** The widths of the layers. @throws Error if a layer is missing */
export function widthsOf(tensors: Tensors): number[] {
  return LAYERS.map(({ name }) => {
    const [width] = tensors.get(`${name}.weight`)?.dims ?? []
    if (width === undefined) throw new Error(`there is no tensor ${name}.weight`)
    return width
  })
}

/** Graph `images` [2, 3, 224, 224] in [-1, 1] -> `distance` [1]. */
export function lpipsGraph(tensors: Tensors, widths: readonly number[]): Uint8Array {
  const e = new Emitter(new Graph(), withoutCopies(tensors), 'F32')
  const { g } = e
  const images = e.floatInput('images', [2, 3, LPIPS_SIDE, LPIPS_SIDE])
  const colours = (values: readonly number[]) =>
    g.constant(floats(Float32Array.from(values), 1, 3, 1, 1))
  let x = g.node('Div', [sub(g, images, colours(SHIFT)), colours(SCALE)])
  let from = 3
  const distances: Value[] = []
  LAYERS.forEach(({ name, kernel, stride, pad, pooled }, i) => {
    const to = widths[i] as number
    if (pooled) x = g.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] })
    const weight = e.weight(`${name}.weight`, [to, from, kernel, kernel])
    const bias = e.weight(`${name}.bias`, [to])
    x = g.node('Relu', [paddedConv(g, x, weight, bias, stride, [pad, pad, pad, pad])])
    distances.push(layerDistance(e, x, e.weight(`lin${i}.model.1.weight`, [1, to, 1, 1])))
    from = to
  })
  e.floatOutput('distance', g.node('Sum', distances), [1])
  return g.finish()
}

/** x [2, C, h, w] of two images, weights [1, C, 1, 1] to [1]. */
function layerDistance({ g }: Emitter, x: Value, weights: Value): Value {
  const length = g.node('ReduceL2', [x, axes(g, [1])], { keepdims: 1 })
  const normal = g.node('Div', [x, add(g, length, scalar(g, EPSILON, 'F32'))])
  const [one, other] = chunk(g, normal, 2, 0) as [Value, Value]
  const difference = sub(g, one, other) // [1, C, h, w]
  const weighted = mul(g, mul(g, difference, difference), weights)
  const places = g.node('ReduceSum', [weighted, axes(g, [1])], { keepdims: 1 }) // [1, 1, h, w]
  return reshape(g, g.node('ReduceMean', [places, axes(g, [2, 3])], { keepdims: 0 }), [1])
}

function axes(g: Graph, values: readonly number[]): Value {
  const data = BigInt64Array.from(values, BigInt)
  return g.constant({ type: 'I64', dims: [values.length], data })
}

/** The state has the weights of channels twice, and the constants of the colours. */
function withoutCopies(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return new Map([...tensors].filter(([name]) => !/^(lins|scaling_layer)\./.test(name)))
}

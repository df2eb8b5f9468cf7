/**
 * The public forms of inpainting networks, recognised by what their graph takes. MI-GAN's authors
 * export a pipeline of uint8 pictures of any size, with a mask that is 255 where the picture is kept.
 * The usual exports of LaMa take float32 of 0 to 1 at one size, with a mask that is 1 in the hole.
 */

import type { Size } from '../../shared/drag.ts'
import type { GraphValue, Signature } from '../onnx/session.ts'
import { floats, type Tensor } from '../onnx/tensor.ts'

/** RGB, interleaved, and 1 where the picture is to be filled. */
export type Holed = Size & { readonly rgb: Uint8Array; readonly hole: Uint8Array }

export type Form = {
  /** The only size that the network takes; null for any. */
  readonly size: Size | null
  readonly inputsOf: (picture: Holed) => Record<string, Tensor>
  readonly output: string
  /** RGB, interleaved. @throws Error if the network returned another type */
  readonly pictureOf: (output: Tensor) => Uint8Array
}

const [IMAGE, MASK] = ['image', 'mask']

/** The form of a graph; null if it is none of these. */
export function formOf({ inputs, outputs }: Signature): Form | null {
  const image = inputs.find(({ name }) => name === IMAGE)
  const mask = inputs.find(({ name }) => name === MASK)
  const [output] = outputs
  if (image === undefined || mask === undefined || output === undefined) return null
  if (inputs.length !== 2 || mask.type !== image.type) return null
  if (image.type === 'uint8') return { ...bytes, output: output.name }
  const size = fixedSize(image)
  if (image.type !== 'float32' || size === null) return null
  return { ...fractions, size, output: output.name }
}

/** Of [batch, 3, height, width]. */
function fixedSize({ dims }: GraphValue): Size | null {
  const [, channels, height, width] = dims
  if (channels !== 3 || typeof height !== 'number' || typeof width !== 'number') return null
  return { width, height }
}

const bytes = {
  size: null,
  inputsOf: ({ width, height, rgb, hole }: Holed): Record<string, Tensor> => ({
    [IMAGE]: {
      type: 'U8',
      dims: [1, 3, height, width],
      data: planes(rgb, new Uint8Array(rgb.length)),
    },
    [MASK]: { type: 'U8', dims: [1, 1, height, width], data: hole.map((flag) => 255 * (1 - flag)) },
  }),
  pictureOf: (output: Tensor): Uint8Array => {
    if (output.type !== 'U8') throw new Error(`the network returned ${output.type}, not uint8`)
    return interleaved(output.data)
  },
}

const fractions = {
  inputsOf: ({ width, height, rgb, hole }: Holed): Record<string, Tensor> => ({
    [IMAGE]: floats(
      planes(rgb, new Float32Array(rgb.length)).map((value) => value / 255),
      1,
      3,
      height,
      width,
    ),
    [MASK]: floats(Float32Array.from(hole), 1, 1, height, width),
  }),
  pictureOf: (output: Tensor): Uint8Array => {
    if (output.type !== 'F32') throw new Error(`the network returned ${output.type}, not float32`)
    // Exports differ: the same network returns 0 to 1 in some, and 0 to 255 in most.
    const scale = output.data.some((value) => value > 2) ? 1 : 255
    return interleaved(Uint8ClampedArray.from(output.data, (value) => scale * value))
  },
}

/** From RGB, RGB to all R, all G, all B. */
function planes<T extends Uint8Array | Float32Array>(rgb: Uint8Array, into: T): T {
  const size = rgb.length / 3
  for (let i = 0; i < size; i++)
    for (let c = 0; c < 3; c++) into[c * size + i] = rgb[3 * i + c] as number
  return into
}

function interleaved(planes: Uint8Array | Uint8ClampedArray): Uint8Array {
  const size = planes.length / 3
  const rgb = new Uint8Array(planes.length)
  for (let i = 0; i < size; i++)
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = planes[c * size + i] as number
  return rgb
}

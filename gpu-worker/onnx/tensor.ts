/** Tensors, the inputs and outputs of a session, and the element types of ONNX. */

/**
 * Element types by their names in safetensors, with their numbers in ONNX's TensorProto.DataType.
 */
export const onnxTypes = { F32: 1, U8: 2, I64: 7, F16: 10, BF16: 16, F8_E4M3: 17 } as const

export type ElementType = keyof typeof onnxTypes

/** Those of weights. */
export type WeightType = Exclude<ElementType, 'U8'>

/** Bytes of one element. */
export const elementBytes = {
  F32: 4,
  I64: 8,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
} as const satisfies Record<WeightType, number>

/** A tensor on the host, row-major. */
export type Tensor =
  | { readonly type: 'F32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'I64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'U8'; readonly dims: readonly number[]; readonly data: Uint8Array }

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** A float32 tensor. @throws Error if the data does not have the size of the shape */
export function floats(data: Float32Array, ...dims: readonly number[]): Tensor & { type: 'F32' } {
  if (data.length !== elementCount(dims))
    throw new Error(`${data.length} values do not fit the shape [${dims}]`)
  return { type: 'F32', dims, data }
}

/** An int64 tensor of rank 1. */
export function indices(values: ArrayLike<number>): Tensor {
  return {
    type: 'I64',
    dims: [values.length],
    data: BigInt64Array.from(values as ArrayLike<number> & Iterable<number>, BigInt),
  }
}

/**
 * The same tensors in memory that threads share: a session's thread gets them without a copy, however
 * often they are passed to it.
 */
export function shared(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, sharedTensor(tensor)]),
  )
}

function sharedTensor(tensor: Tensor): Tensor {
  const memory = new SharedArrayBuffer(tensor.data.byteLength)
  switch (tensor.type) {
    case 'F32': {
      const data = new Float32Array(memory)
      data.set(tensor.data)
      return { ...tensor, data }
    }
    case 'I64': {
      const data = new BigInt64Array(memory)
      data.set(tensor.data)
      return { ...tensor, data }
    }
    case 'U8': {
      const data = new Uint8Array(memory)
      data.set(tensor.data)
      return { ...tensor, data }
    }
  }
}

const bits = new DataView(new ArrayBuffer(4))

/** The nearest bfloat16, ties to even. */
export function bfloat16(value: number): number {
  bits.setFloat32(0, value)
  const whole = bits.getUint32(0)
  bits.setUint32(0, (whole + 0x7fff + ((whole >>> 16) & 1)) & 0xffff0000)
  return bits.getFloat32(0)
}

/** Decodes the float types of checkpoints to float32. */

import { elementBytes, type WeightType } from '../../onnx/tensor.ts'

/** Types that weights are stored in. */
export type FloatType = Exclude<WeightType, 'I64'>

/** Values of bytes in the machine's own order, which must be the file's (little-endian). */
export function floatsOf(bytes: Uint8Array, type: FloatType): Float32Array {
  const count = bytes.length / elementBytes[type]
  // A copy, because typed arrays need aligned bytes.
  const own = bytes.slice().buffer
  if (type === 'F32') return new Float32Array(own)
  if (type === 'BF16') return ofBfloat16(new Uint16Array(own))
  const table = type === 'F16' ? half() : float8()
  const codes = type === 'F16' ? new Uint16Array(own) : bytes
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) values[i] = table[codes[i] as number] as number
  return values
}

/** The upper half of a float32. */
function ofBfloat16(codes: Uint16Array): Float32Array {
  const words = new Uint32Array(codes.length)
  for (let i = 0; i < codes.length; i++) words[i] = (codes[i] as number) << 16
  return new Float32Array(words.buffer)
}

/** All numbers of a small float by their code: sign, exponent and fraction; the top exponent as `top` says. */
function tableOf(
  [exponentBits, fractionBits]: readonly [exponent: number, fraction: number],
  top: (fraction: number) => number | null,
): Float32Array {
  const count = 2 ** (1 + exponentBits + fractionBits)
  const bias = 2 ** (exponentBits - 1) - 1
  const last = 2 ** exponentBits - 1
  return Float32Array.from({ length: count }, (_, code) => {
    const sign = code >= count / 2 ? -1 : 1
    const exponent = (code >> fractionBits) & last
    const fraction = code & (2 ** fractionBits - 1)
    const special = exponent === last ? top(fraction) : null
    if (special !== null) return sign * special
    const part = fraction / 2 ** fractionBits
    return sign * (exponent === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (exponent - bias))
  })
}

let halves: Float32Array | null = null
const half = () => {
  halves ??= tableOf([5, 10], (fraction) =>
    fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN,
  )
  return halves
}

let eighths: Float32Array | null = null
/** E4M3 has no infinity, and one NaN of each sign. */
const float8 = () => {
  eighths ??= tableOf([4, 3], (fraction) => (fraction === 7 ? Number.NaN : null))
  return eighths
}

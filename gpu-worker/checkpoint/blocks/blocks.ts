/**
 * Weights in blocks of low precision, as onnxruntime's MatMulNBits reads them: each row of a matrix is cut
 * into blocks, and a block is one scale and a code of 4 or 8 bits for each weight. A weight is
 * `scale * (code - 2^(bits - 1))`. Knows nothing of files or graphs.
 */

import { bfloat16 } from '../../onnx/tensor.ts'

/** Bits of a code, weights in a block (an even number), and the type of the scales. */
export type BlockForm = {
  readonly bits: 4 | 8
  readonly size: number
  readonly scale: 'F32' | 'BF16'
}

/** Blocks of a row of `columns` weights, of which the last may be padded, and the bytes of a block's codes. */
export function rowOf(columns: number, { bits, size }: Pick<BlockForm, 'bits' | 'size'>) {
  return { blocks: Math.ceil(columns / size), blockBytes: (size * bits) / 8 }
}

/** Codes [rows, blocks, bytes of a block], two of 4 bits in a byte, the lower first; scales [rows, blocks]. */
export type Blocks = { readonly codes: Uint8Array; readonly scales: Float32Array }

/**
 * Rounds whole rows of a matrix to the nearest codes. A scale maps the block's extreme weight to the extreme
 * code: for 8 bits ±127, for 4 bits -8, whose scale is negative where the extreme weight is positive.
 *
 * @param values [rows, columns]
 */
export function blocksOf(values: Float32Array, columns: number, form: BlockForm): Blocks {
  const { bits, size } = form
  const { blocks, blockBytes } = rowOf(columns, form)
  const rows = values.length / columns
  const codes = new Uint8Array(rows * blocks * blockBytes)
  const scales = new Float32Array(rows * blocks)
  const write = bits === 8 ? writeBytes : writeNibbles
  for (let row = 0, block = 0; row < rows; row++) {
    const end = (row + 1) * columns
    for (let from = row * columns; from < end; from += size, block++) {
      const weights = { values, from, to: Math.min(from + size, end) }
      const extreme = extremeOf(weights)
      const exact = bits === 8 ? Math.abs(extreme) / 127 : extreme / -8
      const scale = form.scale === 'BF16' ? bfloat16(exact) : Math.fround(exact)
      scales[block] = scale
      write(weights, codes, block * blockBytes, { inverse: scale === 0 ? 0 : 1 / scale, size })
    }
  }
  return { codes, scales }
}

type Weights = { readonly values: Float32Array; readonly from: number; readonly to: number }
type Rounding = { readonly inverse: number; readonly size: number }

/** Codes of 8 bits from `at` on. */
function writeBytes(
  { values, from, to }: Weights,
  codes: Uint8Array,
  at: number,
  r: Rounding,
): void {
  const { inverse, size } = r
  for (let i = from, to8 = at; i < to; i++, to8++)
    codes[to8] = Math.floor((values[i] as number) * inverse + 128.5)
  // What pads a block is 0.
  codes.fill(128, at + to - from, at + size)
}

/** Codes of 4 bits. */
function writeNibbles(
  { values, from, to }: Weights,
  codes: Uint8Array,
  at: number,
  r: Rounding,
): void {
  const { inverse, size } = r
  for (let i = 0; i < size; i += 2) {
    const low = from + i < to ? (values[from + i] as number) * inverse : 0
    const high = from + i + 1 < to ? (values[from + i + 1] as number) * inverse : 0
    codes[at + i / 2] = nibble(low) | (nibble(high) << 4)
  }
}

/** A value that the scale has mapped to -8 to 8, which has no code of its own, as the nearest code. */
function nibble(value: number): number {
  const code = Math.floor(value + 8.5)
  return code > 15 ? 15 : code < 0 ? 0 : code
}

/** The weight with the largest magnitude; NaN if one is not finite. */
function extremeOf({ values, from, to }: Weights): number {
  let least = 0
  let most = 0
  let zero = 0
  for (let i = from; i < to; i++) {
    const value = values[i] as number
    if (value < least) least = value
    if (value > most) most = value
    zero += value - value
  }
  return zero + (-least > most ? least : most)
}

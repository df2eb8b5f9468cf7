/** Adaptive LayerNorm: shift, scale and gate of a part of a block, from the conditioning. */

import type { Value } from '../../onnx/graph.ts'
import { add, chunk, reshape } from '../../onnx/ops.ts'
import type { Emitter } from './emitter.ts'

/** Rows [D] of a part of a block. `scale` is 1 + the checkpoint's, so that it is LayerNorm's own weight. */
export type Gated = { readonly shift: Value; readonly scale: Value; readonly gate: Value }

/**
 * `count` triples of shift, scale and gate from one row [1, 3 count D].
 *
 * @param width D
 */
export function gatedRows(
  e: Emitter,
  row: Value,
  { width, count }: { readonly width: number; readonly count: number },
): Gated[] {
  const { g } = e
  const flat = reshape(g, row, [-1]) // [3 count D]
  const rows = chunk(g, add(g, flat, e.onesAtScales(width, count)), 3 * count, 0)
  return Array.from({ length: count }, (_, i) => {
    const [shift, scale, gate] = rows.slice(3 * i, 3 * i + 3) as [Value, Value, Value]
    return { shift, scale, gate }
  })
}

/** Scale and shift [D] of the last norm, from rows [1, D]. */
export function lastScaleAndShift(
  e: Emitter,
  { scale, shift }: { readonly scale: Value; readonly shift: Value },
): { readonly scale: Value; readonly shift: Value } {
  const { g } = e
  return { scale: add(g, reshape(g, scale, [-1]), e.ones(1)), shift: reshape(g, shift, [-1]) }
}

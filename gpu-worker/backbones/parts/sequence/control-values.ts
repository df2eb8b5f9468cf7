/** The graph inputs that all transformers share: the sequence's lengths and positions, and the method's control. */

import type { Value } from '../../../onnx/graph.ts'
import type { Injection, Rope, Sequence, View } from '../attention.ts'
import type { Widths } from '../blocks.ts'
import type { Emitter } from '../emitter.ts'

/** The values of {@link controlValues}. */
export type ControlValues = {
  readonly sequence: Sequence
  /** i64 [2] = T, I + R. */
  readonly streamLengths: Value
  /** What target queries see in single-stream blocks, and in double-stream blocks. */
  readonly view: View
  readonly doubleView: View
  readonly injection: Injection
}

/**
 * Adds the inputs (T text, I target, R reference tokens, K and K2 keys of the views, P = head dim / 2):
 *
 * - `lengths` i64 [3] = T, I, R; `other_lengths` i64 [2] = T, R; `stream_lengths` i64 [2] = T, I +
 *   R
 * - `cos`, `sin` [1, T + I + R, P]: native positions
 * - `view_index` i64 [K], `view_cos`, `view_sin` [1, K, P]: the reference tokens that target
 *   queries see in single-stream blocks, and their positions
 * - `double_view_index` i64 [K2], `double_view_cos`, `double_view_sin` [1, K2, P]: the same in
 *   double-stream blocks
 * - `alone_index` i64 [J], `inject_from` i64 [I], `inject_weight` [I, 1]: what is injected at each
 *   target token, and its weight (see {@link Injection})
 */
export function controlValues(e: Emitter, widths: Widths): ControlValues {
  const { g } = e
  const rope = (prefix: string, length: string): Rope => {
    const dims = [1, length, widths.head / 2]
    return { cos: e.floatInput(`${prefix}cos`, dims), sin: e.floatInput(`${prefix}sin`, dims) }
  }
  const view = (prefix: string, length: string): View => ({
    index: g.input(`${prefix}index`, 'I64', [length]),
    rope: rope(prefix, length),
  })
  return {
    sequence: {
      lengths: g.input('lengths', 'I64', [3]),
      otherLengths: g.input('other_lengths', 'I64', [2]),
      heads: widths.heads,
      rope: rope('', 'S'),
    },
    streamLengths: g.input('stream_lengths', 'I64', [2]),
    view: view('view_', 'K'),
    doubleView: view('double_view_', 'K2'),
    injection: {
      alone: g.input('alone_index', 'I64', ['J']),
      from: g.input('inject_from', 'I64', ['I']),
      weight: e.floatInput('inject_weight', ['I', 1]),
    },
  }
}

/** The graph inputs that all transformers share: the sequence's lengths and positions, and the method's control. */

import type { Value } from '../../../onnx/graph.ts'
import {
  type Injection,
  type Rope,
  type Sequence,
  targetAndOthers,
  type View,
} from '../attention.ts'
import type { Emitter } from '../emitter.ts'

/** The values of {@link controlValues}. */
export type ControlValues = {
  readonly sequence: Sequence
  /** What target queries see in single-stream blocks, and in double-stream blocks; null without control. */
  readonly view: View | null
  readonly doubleView: View | null
  readonly injection: Injection | null
}

/**
 * Adds the inputs (I target, R reference, T text tokens, S all of them in this order, P = head dim / 2):
 *
 * - `query_lengths` i64 [2] = I, R + T; `image_lengths` i64 [2] = I, R; `other_lengths` i64 [2] = R,
 *   T; `stream_lengths` i64 [2] = I + R, T
 * - `cos`, `sin` [1, S, P]: native positions
 *
 * and with control:
 *
 * - `view_index` i64 [K], `view_cos`, `view_sin` [1, K, P]: rows of the sequence that target queries
 *   see in single-stream blocks, and their positions
 * - `double_view_index` i64 [K2], `double_view_cos`, `double_view_sin` [1, K2, P]: the same in
 *   double-stream blocks
 * - `inject_sources` i64 [N], `alone_index` i64 [J], `alone_keys` i64 [A], `inject_from` i64 [G],
 *   `inject_to` i64 [G, 1], `inject_weight` [G, 1]: what is injected (see {@link Injection})
 */
export function controlValues(
  e: Emitter,
  widths: { readonly head: number; readonly heads: number },
  control: boolean,
): ControlValues {
  const { g } = e
  const rope = (prefix: string, length: string): Rope => {
    const dims = [1, length, widths.head / 2]
    return { cos: e.floatInput(`${prefix}cos`, dims), sin: e.floatInput(`${prefix}sin`, dims) }
  }
  const view = (prefix: string, length: string): View => ({
    index: g.input(`${prefix}index`, 'I64', [length]),
    rope: rope(prefix, length),
  })
  const lengths = (name: string): Value => g.input(`${name}_lengths`, 'I64', [2])
  const queryLengths = lengths('query')
  const native = rope('', 'S')
  const parts = (table: Value) => targetAndOthers(g, { queryLengths }, table, 1)
  const [cos, sin] = [parts(native.cos), parts(native.sin)]
  const sequence = {
    heads: widths.heads,
    rope: native,
    ropes: {
      target: { cos: cos.target, sin: sin.target },
      others: { cos: cos.others, sin: sin.others },
    },
    queryLengths,
    imageLengths: lengths('image'),
    otherLengths: lengths('other'),
    streamLengths: lengths('stream'),
  }
  if (!control) return { sequence, view: null, doubleView: null, injection: null }
  return {
    sequence,
    view: view('view_', 'K'),
    doubleView: view('double_view_', 'K2'),
    injection: {
      sources: g.input('inject_sources', 'I64', ['N']),
      alone: g.input('alone_index', 'I64', ['J']),
      aloneKeys: g.input('alone_keys', 'I64', ['A']),
      from: g.input('inject_from', 'I64', ['G']),
      to: g.input('inject_to', 'I64', ['G', 1]),
      weight: e.floatInput('inject_weight', ['G', 1]),
    },
  }
}

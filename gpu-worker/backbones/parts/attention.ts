/**
 * Joint attention over text, target and reference tokens with the method's two hooks: which
 * reference keys the target queries see and at which positions (PAA), and how much of the
 * reference's own output is injected (CTI). Both are inputs: with the identity view and weight 0
 * this is the plain backbone. Shapes: T text, I target, R reference tokens, S = T + I + R, K keys
 * of the view, D width.
 */

import type { Graph, Value } from '../../onnx/graph.ts'
import {
  add,
  attention,
  batched,
  concat,
  gather,
  mul,
  rotate,
  split,
  sub,
  unbatched,
} from '../../onnx/ops.ts'

/** cos and sin, each [1, tokens, Dh / 2]. */
export type Rope = { readonly cos: Value; readonly sin: Value }

/**
 * Reference tokens that target queries see, by index [K] into the reference, and the positions of
 * their keys.
 */
export type View = { readonly index: Value; readonly rope: Rope }

/**
 * What is injected. `alone` [J]: reference tokens whose output is computed a second time, over the
 * reference tokens alone; at least one. Per target token [I]: the injected output, as a row of the
 * reference tokens' [R] and then of those [J], and its weight [I, 1], 0 without injection.
 */
export type Injection = { readonly alone: Value; readonly from: Value; readonly weight: Value }

/**
 * The sequence: its lengths [T, I, R], the lengths of the queries that see all keys [T, R], heads,
 * and the native positions of all S tokens. Lengths are inputs instead of computed, because integer
 * arithmetic would run on the CPU.
 */
export type Sequence = {
  readonly lengths: Value
  readonly otherLengths: Value
  readonly heads: number
  readonly rope: Rope
}

/**
 * q, k, v [S, D] in the order text, target, reference; q and k are normalised but not yet rotated.
 * `injection` is undefined for blocks without injection.
 */
export type AttentionInputs = {
  readonly q: Value
  readonly k: Value
  readonly v: Value
  readonly view: View
  readonly injection: Injection | null
}

/**
 * The result is [S, D]. Text and reference queries see all keys at native positions (paper, Eq. 7
 * and 9 change O_TGT only).
 */
export function controlledAttention(
  g: Graph,
  sequence: Sequence,
  { q, k, v, view, injection }: AttentionInputs,
): Value {
  const { lengths, otherLengths, heads } = sequence
  const [qText, qTarget, qReference] = split(
    g,
    rotated(g, q, sequence.rope, heads),
    lengths,
    3,
    0,
  ) as [Value, Value, Value]
  const kNative = rotated(g, k, sequence.rope, heads) // [S, D]
  const [kText, kTarget, kInPlace] = split(g, kNative, lengths, 3, 0) as [Value, Value, Value]
  const [, , kReference] = split(g, k, lengths, 3, 0) as [Value, Value, Value]
  const [vText, vTarget, vReference] = split(g, v, lengths, 3, 0) as [Value, Value, Value]

  const kView = rotated(g, gather(g, kReference, view.index), view.rope, heads) // [K, D]
  const vView = gather(g, vReference, view.index) // [K, D]
  const target = attend(
    g,
    qTarget,
    concat(g, [kText, kTarget, kView], 0),
    concat(g, [vText, vTarget, vView], 0),
    heads,
  ) // [I, D]

  const others = attend(g, concat(g, [qText, qReference], 0), kNative, v, heads) // [T + R, D]
  const [text, reference] = split(g, others, otherLengths, 2, 0) as [Value, Value]

  if (injection === null) return concat(g, [text, target, reference], 0)
  const qAlone = gather(g, qReference, injection.alone) // [J, D]
  const alone = attend(g, qAlone, kInPlace, vReference, heads) // [J, D]
  const controlled = inject(g, target, concat(g, [reference, alone], 0), injection)
  return concat(g, [text, controlled, reference], 0)
}

/** Paper, Eq. 4: `O_TGT + weight * (O_REF(source) - O_TGT)`; outputs is [R + J, D]. */
function inject(g: Graph, target: Value, outputs: Value, { from, weight }: Injection): Value {
  return add(g, target, mul(g, sub(g, gather(g, outputs, from), target), weight))
}

function attend(g: Graph, q: Value, k: Value, v: Value, heads: number): Value {
  return unbatched(g, attention(g, batched(g, q), batched(g, k), batched(g, v), heads))
}

function rotated(g: Graph, x: Value, rope: Rope, heads: number): Value {
  return unbatched(g, rotate(g, batched(g, x), rope.cos, rope.sin, heads))
}

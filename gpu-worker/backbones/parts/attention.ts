/**
 * Joint attention over target, reference and text tokens with the method's two hooks: which
 * reference keys the target queries see and at which positions (PAA), and how much of the
 * reference's own output is injected (CTI). Both are inputs: with the identity view and weight 0
 * this is the plain backbone. Shapes: I target, R reference, T text tokens, S = I + R + T in this
 * order, so that target queries and all other queries are whole ranges of rows; K keys of the view,
 * D width.
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
  scatterRows,
  split,
  sub,
  unbatched,
} from '../../onnx/ops.ts'

/** cos and sin, each [1, tokens, Dh / 2]. */
export type Rope = { readonly cos: Value; readonly sin: Value }

/**
 * The keys that target queries see, as rows of the sequence [K], and their positions. Target and text
 * tokens are among them, so that one copy collects all keys.
 */
export type View = { readonly index: Value; readonly rope: Rope }

/**
 * What is injected. `sources` [P]: rows of the other tokens (0 is the first reference token) whose
 * output is used. `alone` [J]: those of the sources, by their place in `sources`, whose output is
 * computed a second time, over the keys `aloneKeys` [A], rows of the sequence. `to` [G, 1]: target
 * tokens; for each, the injected output `from` [G], as a place in P and then in J, and its `weight`
 * [G, 1]. None of these is empty; a weight of 0 injects nothing.
 */
export type Injection = {
  readonly sources: Value
  readonly alone: Value
  readonly aloneKeys: Value
  readonly from: Value
  readonly to: Value
  readonly weight: Value
}

/** Values of the target tokens (I rows) and of the other tokens (R + T rows). */
export type TargetAndOthers<Rows = Value> = { readonly target: Rows; readonly others: Rows }

/** Image (target and reference) [I + R, D] and text [T, D]. */
export type Streams = { readonly image: Value; readonly text: Value }

/**
 * The sequence: heads, native positions of all S tokens and of its two parts, and the lengths of its
 * parts: target and others [I, R + T], target and reference [I, R], reference and text [R, T], image
 * and text [I + R, T]. Lengths are inputs instead of computed, because integer arithmetic would run on
 * the CPU.
 */
export type Sequence = {
  readonly heads: number
  readonly rope: Rope
  readonly ropes: TargetAndOthers<Rope>
  readonly queryLengths: Value
  readonly imageLengths: Value
  readonly otherLengths: Value
  readonly streamLengths: Value
}

/**
 * Keys and values [S, D]; keys, like queries, are normalised but not yet rotated. Without a view, all
 * queries see all keys. `injection` is null for blocks without injection.
 */
export type KeysAndControl = {
  readonly k: Value
  readonly v: Value
  readonly view: View | null
  readonly injection: Injection | null
}

/** Rows of the sequence [S, ...] in their two parts. */
export function targetAndOthers(
  g: Graph,
  { queryLengths }: Pick<Sequence, 'queryLengths'>,
  rows: Value,
  axis = 0,
): TargetAndOthers {
  const [target, others] = split(g, rows, queryLengths, 2, axis) as [Value, Value]
  return { target, others }
}

/** Attention of all tokens in one stream: q and the result are [S, D]. */
export function sequenceAttention(
  g: Graph,
  sequence: Sequence,
  { q, ...rest }: KeysAndControl & { readonly q: Value },
): Value {
  if (rest.view === null) return plainAttention(g, sequence, { q, ...rest })
  const parts = targetAndOthers(g, sequence, q)
  const { target, others } = controlledAttention(g, sequence, { q: parts, ...rest })
  return concat(g, [target, others], 0)
}

/** Attention of image and text that have streams of their own; nothing is injected. */
export function streamAttention(
  g: Graph,
  sequence: Sequence,
  { q, ...keys }: Omit<KeysAndControl, 'injection'> & { readonly q: Streams },
): Streams {
  const rest = { ...keys, injection: null }
  if (rest.view === null) {
    const all = plainAttention(g, sequence, { q: concat(g, [q.image, q.text], 0), ...rest })
    const [image, text] = split(g, all, sequence.streamLengths, 2, 0) as [Value, Value]
    return { image, text }
  }
  const [target, qReference] = split(g, q.image, sequence.imageLengths, 2, 0) as [Value, Value]
  const parts = { target, others: concat(g, [qReference, q.text], 0) }
  const attended = controlledAttention(g, sequence, { q: parts, ...rest })
  const [reference, text] = split(g, attended.others, sequence.otherLengths, 2, 0) as [Value, Value]
  return { image: concat(g, [attended.target, reference], 0), text }
}

/**
 * Attention of the last block, of which only target rows are read [I, D]. Besides target queries it
 * takes those of the injection's sources [P, D].
 */
export function lastAttention(
  g: Graph,
  sequence: Sequence,
  inputs: KeysAndControl & { readonly qTarget: Value; readonly qSources: Value | null },
): Value {
  const { qTarget, qSources, injection, ...keys } = inputs
  const { ropes, heads } = sequence
  const kNative = rotated(g, keys.k, sequence.rope, heads) // [S, D]
  const target = attendView(g, sequence, { ...keys, qTarget, kNative }) // [I, D]
  if (injection === null || qSources === null) return target
  const rows = (table: Value) => gather(g, table, injection.sources, 1)
  const rope = { cos: rows(ropes.others.cos), sin: rows(ropes.others.sin) }
  const q = rotated(g, qSources, rope, heads) // [P, D]
  const sources = { q, outputs: attend(g, q, kNative, keys.v, heads) }
  return injected(g, sequence, { target, sources, kNative, v: keys.v }, injection)
}

function plainAttention(
  g: Graph,
  { rope, heads }: Sequence,
  { q, k, v }: Pick<KeysAndControl, 'k' | 'v'> & { readonly q: Value },
): Value {
  return attend(g, rotated(g, q, rope, heads), rotated(g, k, rope, heads), v, heads)
}

/** Text and reference queries see all keys at native positions (paper, Eq. 7 and 9 change O_TGT only). */
function controlledAttention(
  g: Graph,
  sequence: Sequence,
  { q, injection, ...keys }: KeysAndControl & { readonly q: TargetAndOthers },
): TargetAndOthers {
  const { ropes, heads } = sequence
  const qOthers = rotated(g, q.others, ropes.others, heads)
  const kNative = rotated(g, keys.k, sequence.rope, heads) // [S, D]
  const others = attend(g, qOthers, kNative, keys.v, heads) // [R + T, D]
  const target = attendView(g, sequence, { ...keys, qTarget: q.target, kNative }) // [I, D]
  if (injection === null) return { target, others }
  const sources = {
    q: gather(g, qOthers, injection.sources),
    outputs: gather(g, others, injection.sources),
  }
  const values = { target, sources, kNative, v: keys.v }
  return { target: injected(g, sequence, values, injection), others }
}

/** Target queries, not yet rotated, over the keys of the view. */
function attendView(
  g: Graph,
  { heads, ropes }: Sequence,
  inputs: Omit<KeysAndControl, 'injection'> & { readonly qTarget: Value; readonly kNative: Value },
): Value {
  const { qTarget, k, kNative, v, view } = inputs
  const q = rotated(g, qTarget, ropes.target, heads)
  if (view === null) return attend(g, q, kNative, v, heads)
  const kView = rotated(g, gather(g, k, view.index), view.rope, heads) // [K, D]
  return attend(g, q, kView, gather(g, v, view.index), heads)
}

/**
 * Paper, Eq. 4: `O_TGT + weight * (O_REF(source) - O_TGT)`, in the rows into which something is
 * injected. Of the sources [P, D]: rotated queries, and outputs over all keys.
 */
function injected(
  g: Graph,
  { heads }: Sequence,
  inputs: {
    readonly target: Value
    readonly sources: { readonly q: Value; readonly outputs: Value }
    readonly kNative: Value
    readonly v: Value
  },
  { alone, aloneKeys, from, to, weight }: Injection,
): Value {
  const { target, sources, kNative, v } = inputs
  const keys = gather(g, kNative, aloneKeys) // [A, D]
  const outputsAlone = attend(g, gather(g, sources.q, alone), keys, gather(g, v, aloneKeys), heads) // [J, D]
  const outputs = gather(g, concat(g, [sources.outputs, outputsAlone], 0), from) // [G, D]
  const before = unbatched(g, gather(g, target, to), 1) // [G, D]
  return scatterRows(g, target, to, add(g, before, mul(g, sub(g, outputs, before), weight)))
}

function attend(g: Graph, q: Value, k: Value, v: Value, heads: number): Value {
  return unbatched(g, attention(g, batched(g, q), batched(g, k), batched(g, v), heads))
}

function rotated(g: Graph, x: Value, rope: Rope, heads: number): Value {
  return unbatched(g, rotate(g, batched(g, x), rope.cos, rope.sin, heads))
}

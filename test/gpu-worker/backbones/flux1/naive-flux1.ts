/**
 * FLUX.1's forward pass written as plainly as possible, in float64 and dense loops, token by token,
 * to compare the graph with. Control is applied as in the paper, as keys at positions.
 */

import type { Flux1Config } from '../../../../gpu-worker/backbones/flux1/config.ts'

type Row = number[]
export type Rows = Row[]
/** A named weight: [out][in] for a matrix, [out] as one row for a vector. */
export type Weights = (name: string) => Rows

/** A reference token in the view of a target query: its index and the position ids of its key. */
export type Seen = { readonly token: number; readonly ids: Row }

export type NaiveInputs = {
  readonly latents: Rows
  readonly reference: Rows
  readonly text: Rows
  readonly pooled: Row
  readonly timeFeatures: Row
  readonly guidanceFeatures: Row
  readonly textIds: Rows
  readonly targetIds: Rows
  readonly referenceIds: Rows
  readonly view: readonly Seen[]
  readonly doubleView: readonly number[]
  /** Position ids of the keys of `doubleView`; absent for their own. */
  readonly doubleViewIds?: Rows
  readonly injectFrom: readonly number[]
  readonly injectWeight: readonly number[]
  /** Whether what is injected attends to reference tokens alone. */
  readonly injectAlone?: boolean
}

const sum = (values: Row) => values.reduce((a, b) => a + b, 0)
const silu = (x: number) => x / (1 + Math.exp(-x))
const gelu = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))

/** Velocity of the target tokens. */
export function naiveFlux1(config: Flux1Config, w: Weights, input: NaiveInputs): Rows {
  const heads = config.num_attention_heads
  const dh = config.attention_head_dim
  const d = heads * dh

  const linear = (x: Row, name: string): Row =>
    w(`${name}.weight`).map(
      (row, o) =>
        sum(row.map((value, i) => value * (x[i] as number))) +
        (w(`${name}.bias`)[0]?.[o] as number),
    )
  const embed = (x: Row, name: string) =>
    linear(linear(x, `${name}.linear_1`).map(silu), `${name}.linear_2`)
  const part = (x: Row, i: number) => x.slice(i * d, (i + 1) * d)
  const layerNorm = (x: Row) => {
    const mean = sum(x) / x.length
    const variance = sum(x.map((value) => (value - mean) ** 2)) / x.length
    return x.map((value) => (value - mean) / Math.sqrt(variance + 1e-6))
  }
  const modulate = (x: Row, scale: Row, shift: Row) =>
    layerNorm(x).map((value, i) => value * (1 + (scale[i] as number)) + (shift[i] as number))
  const gated = (x: Row, gate: Row, y: Row) =>
    x.map((value, i) => value + (gate[i] as number) * (y[i] as number))
  const headNorm = (x: Row, name: string) => {
    const weight = w(`${name}.weight`)[0] as Row
    return x.map((value, i) => {
      const head = x.slice(i - (i % dh), i - (i % dh) + dh)
      return (
        (value / Math.sqrt(sum(head.map((v) => v * v)) / dh + 1e-6)) * (weight[i % dh] as number)
      )
    })
  }

  /** Rotates pairs (2j, 2j + 1) of every head by id * 10000^(-2j / dim), axis after axis. */
  const rotate = (x: Row, ids: Row) => {
    const angles = config.axes_dims_rope.flatMap((dim, axis) =>
      Array.from({ length: dim / 2 }, (_, j) => (ids[axis] as number) * 10_000 ** ((-2 * j) / dim)),
    )
    return x.map((value, i) => {
      const angle = angles[Math.floor((i % dh) / 2)] as number
      const partner = x[i % 2 === 0 ? i + 1 : i - 1] as number
      return value * Math.cos(angle) + (i % 2 === 0 ? -partner : partner) * Math.sin(angle)
    })
  }

  const attend = (q: Row, keys: Rows, values: Rows): Row =>
    Array.from({ length: heads }, (_, h) => {
      const cut = (x: Row) => x.slice(h * dh, (h + 1) * dh)
      const logits = keys.map(
        (key) => sum(cut(key).map((value, i) => value * (cut(q)[i] as number))) / Math.sqrt(dh),
      )
      const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
      const total = sum(weights)
      return Array.from({ length: dh }, (__, i) =>
        sum(values.map((value, k) => ((weights[k] as number) / total) * (cut(value)[i] as number))),
      )
    }).flat()

  type Stream = { q: Rows; k: Rows; v: Rows; ids: Rows }
  const nativeKeys = (s: Stream) => s.k.map((k, i) => rotate(k, s.ids[i] as Row))
  /** Outputs of text, target and reference tokens. */
  const joint = (text: Stream, target: Stream, reference: Stream, seen: readonly Seen[]) => {
    const all = [text, target, reference]
    const keys = all.flatMap(nativeKeys)
    const values = all.flatMap((s) => s.v)
    const everything = (s: Stream) =>
      s.q.map((q, i) => attend(rotate(q, s.ids[i] as Row), keys, values))
    const viewKeys = [
      ...nativeKeys(text),
      ...nativeKeys(target),
      ...seen.map(({ token, ids }) => rotate(reference.k[token] as Row, ids)),
    ]
    const viewValues = [
      ...text.v,
      ...target.v,
      ...seen.map(({ token }) => reference.v[token] as Row),
    ]
    return {
      text: everything(text),
      target: target.q.map((q, i) => attend(rotate(q, target.ids[i] as Row), viewKeys, viewValues)),
      reference: everything(reference),
      alone: reference.q.map((q, i) =>
        attend(rotate(q, reference.ids[i] as Row), nativeKeys(reference), reference.v),
      ),
    }
  }

  const name = 'time_text_embed'
  const parts = [
    embed(input.timeFeatures, `${name}.timestep_embedder`),
    ...(config.guidance_embeds ? [embed(input.guidanceFeatures, `${name}.guidance_embedder`)] : []),
    embed(input.pooled, `${name}.text_embedder`),
  ]
  const embedding = Array.from({ length: d }, (_, i) => sum(parts.map((p) => p[i] as number)))
  const modulation = (key: string) => linear(embedding.map(silu), key)

  let text = input.text.map((x) => linear(x, 'context_embedder'))
  let target = input.latents.map((x) => linear(x, 'x_embedder'))
  let reference = input.reference.map((x) => linear(x, 'x_embedder'))

  for (let block = 0; block < config.num_layers; block++) {
    const b = `transformer_blocks.${block}`
    const image = modulation(`${b}.norm1.linear`)
    const context = modulation(`${b}.norm1_context.linear`)
    const stream = (
      xs: Rows,
      mod: Row,
      keys: [string, string, string],
      norms: [string, string],
      ids: Rows,
    ): Stream => {
      const h = xs.map((x) => modulate(x, part(mod, 1), part(mod, 0)))
      return {
        q: h.map((x) => headNorm(linear(x, `${b}.attn.${keys[0]}`), `${b}.attn.${norms[0]}`)),
        k: h.map((x) => headNorm(linear(x, `${b}.attn.${keys[1]}`), `${b}.attn.${norms[1]}`)),
        v: h.map((x) => linear(x, `${b}.attn.${keys[2]}`)),
        ids,
      }
    }
    const imageStream = (xs: Rows, ids: Rows) =>
      stream(xs, image, ['to_q', 'to_k', 'to_v'], ['norm_q', 'norm_k'], ids)
    const textStream = stream(
      text,
      context,
      ['add_q_proj', 'add_k_proj', 'add_v_proj'],
      ['norm_added_q', 'norm_added_k'],
      input.textIds,
    )
    const seen = input.doubleView.map((token, i) => ({
      token,
      ids: (input.doubleViewIds?.[i] ?? input.referenceIds[token]) as Row,
    }))
    const out = joint(
      textStream,
      imageStream(target, input.targetIds),
      imageStream(reference, input.referenceIds),
      seen,
    )
    const finish = (xs: Rows, attended: Rows, mod: Row, project: string, ff: string) =>
      xs.map((x, i) => {
        const h = gated(x, part(mod, 2), linear(attended[i] as Row, `${b}.attn.${project}`))
        const hidden = linear(modulate(h, part(mod, 4), part(mod, 3)), `${b}.${ff}.net.0.proj`).map(
          gelu,
        )
        return gated(h, part(mod, 5), linear(hidden, `${b}.${ff}.net.2`))
      })
    text = finish(text, out.text, context, 'to_add_out', 'ff_context')
    target = finish(target, out.target, image, 'to_out.0', 'ff')
    reference = finish(reference, out.reference, image, 'to_out.0', 'ff')
  }

  for (let block = 0; block < config.num_single_layers; block++) {
    const b = `single_transformer_blocks.${block}`
    const mod = modulation(`${b}.norm.linear`)
    const inner = (xs: Rows) => xs.map((x) => modulate(x, part(mod, 1), part(mod, 0)))
    const stream = (xs: Rows, ids: Rows): Stream => ({
      q: inner(xs).map((x) => headNorm(linear(x, `${b}.attn.to_q`), `${b}.attn.norm_q`)),
      k: inner(xs).map((x) => headNorm(linear(x, `${b}.attn.to_k`), `${b}.attn.norm_k`)),
      v: inner(xs).map((x) => linear(x, `${b}.attn.to_v`)),
      ids,
    })
    const out = joint(
      stream(text, input.textIds),
      stream(target, input.targetIds),
      stream(reference, input.referenceIds),
      input.view,
    )
    // Eq. 4: a convex mix of the token's own output and the reference's.
    const controlled = out.target.map((own, i) => {
      const lambda = input.injectWeight[i] as number
      if (lambda === 0) return own
      const outputs = input.injectAlone === true ? out.alone : out.reference
      const injected = outputs[input.injectFrom[i] as number] as Row
      return own.map((value, k) => lambda * (injected[k] as number) + (1 - lambda) * value)
    })
    const finish = (xs: Rows, attended: Rows) =>
      xs.map((x, i) => {
        const mlp = linear(inner(xs)[i] as Row, `${b}.proj_mlp`).map(gelu)
        return gated(x, part(mod, 2), linear([...(attended[i] as Row), ...mlp], `${b}.proj_out`))
      })
    const next = [
      finish(text, out.text),
      finish(target, controlled),
      finish(reference, out.reference),
    ] as const
    ;[text, target, reference] = next
  }

  const last = modulation('norm_out.linear')
  return target.map((x) => linear(modulate(x, part(last, 0), part(last, 1)), 'proj_out'))
}

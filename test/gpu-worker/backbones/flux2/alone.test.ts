/**
 * Injection of the reference's attention to itself alone, which diffusers' golden files do not have:
 * FLUX.2's first single block in plain float64 loops, from what the double blocks return.
 */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Flux2Config } from '../../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { flux2Positions } from '../../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { namedSequence } from '../../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import { timeFeatures } from '../../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { load, maxDifference, relativeError } from '../../../fixtures/graphs.ts'

type Row = readonly number[]
const folder = fileURLToPath(new URL('../../../fixtures/golden/flux2', import.meta.url))
const [TEXT, TARGET, REFERENCE, D, HEAD, MLP] = [7, 12, 10, 32, 16, 96]
const component = await openComponent(folder)
const files = new Set([...component.tensors.values()].map(({ file }) => file))
const weights = new Map((await Promise.all([...files].map(readTensors))).flatMap((one) => [...one]))
const io = await readTensors(`${folder}/io.safetensors`)

const rowsOf = (tensor: Tensor | undefined, cols: number): Row[] => {
  const values = Array.from((tensor?.data ?? []) as ArrayLike<number | bigint>, Number)
  return Array.from({ length: values.length / cols }, (_, i) =>
    values.slice(i * cols, (i + 1) * cols),
  )
}
const sum = (values: Row) => values.reduce((a, b) => a + b, 0)
const dot = (a: Row, b: Row) => sum(a.map((value, i) => value * (b[i] as number)))
const silu = (x: number) => x / (1 + Math.exp(-x))
const linear = (x: Row, name: string) =>
  rowsOf(weights.get(`${name}.weight`), x.length).map((row) => dot(row, x))
const cut = (x: Row, head: number) => x.slice(head * HEAD, (head + 1) * HEAD)

function modulated(x: Row, [shift, scale]: readonly Row[]): Row {
  const mean = sum(x) / D
  const deviation = Math.sqrt(sum(x.map((value) => (value - mean) ** 2)) / D + 1e-6)
  return x.map((v, i) => ((v - mean) / deviation) * (1 + (scale?.[i] ?? 0)) + (shift?.[i] ?? 0))
}

function headNormed(x: Row, name: string): Row {
  const [weight = []] = rowsOf(weights.get(`${name}.weight`), HEAD)
  return [0, 1].flatMap((head) => {
    const part = cut(x, head)
    const size = Math.sqrt(dot(part, part) / HEAD + 1e-6)
    return part.map((value, i) => (value / size) * (weight[i] as number))
  })
}

/** Four axes of two pairs each, theta 2000. */
function rotated(x: Row, ids: Row): Row {
  return x.map((value, i) => {
    const pair = Math.floor((i % HEAD) / 2)
    const angle = (ids[Math.floor(pair / 2)] as number) * (pair % 2 === 0 ? 1 : 2000 ** -0.5)
    const other = x[i % 2 === 0 ? i + 1 : i - 1] as number
    return value * Math.cos(angle) + (i % 2 === 0 ? -other : other) * Math.sin(angle)
  })
}

type Token = { readonly q: Row; readonly k: Row; readonly v: Row }
const attend = (q: Row, seen: readonly Pick<Token, 'k' | 'v'>[]): Row =>
  [0, 1].flatMap((head) => {
    const parts = seen.map(({ k }) => Math.exp(dot(cut(q, head), cut(k, head)) / Math.sqrt(HEAD)))
    const total = sum(parts)
    return Array.from({ length: HEAD }, (_, i) =>
      dot(
        parts,
        seen.map(({ v }) => (cut(v, head)[i] as number) / total),
      ),
    )
  })

/** The first single block of x [29][32], each injected output over the reference alone or over all. */
function naiveBlock(x: readonly Row[], alone: boolean): Row[] {
  const sigma = io.get('timestep')?.data[0] as number
  const name = 'time_guidance_embed.timestep_embedder'
  const hidden = linear([...timeFeatures(sigma, 'F32')], `${name}.linear_1`).map(silu)
  const rows = linear(
    linear(hidden, `${name}.linear_2`).map(silu),
    'single_stream_modulation.linear',
  )
  const block = 'single_transformer_blocks.0.attn'
  const fused = x.map((one) =>
    linear(modulated(one, [rows.slice(0, D), rows.slice(D, 2 * D)]), `${block}.to_qkv_mlp_proj`),
  )
  const ids = [...rowsOf(io.get('txt_ids'), 4), ...rowsOf(io.get('img_ids'), 4)]
  const keys = fused.map((one) => headNormed(one.slice(D, 2 * D), `${block}.norm_k`))
  const tokens = fused.map((one, i) => ({
    q: rotated(headNormed(one.slice(0, D), `${block}.norm_q`), ids[i] as Row),
    k: rotated(keys[i] as Row, ids[i] as Row),
    v: one.slice(2 * D, 3 * D),
  }))
  const first = TEXT + TARGET
  const numbers = (key: string) => rowsOf(io.get(key), 1).flat()
  const positions = rowsOf(io.get('view_positions'), 4)
  const view = numbers('view_tokens').map((token, i) => ({
    k: rotated(keys[first + token] as Row, positions[i] as Row),
    v: tokens[first + token]?.v as Row,
  }))
  const [from, weight] = [numbers('inject_from'), numbers('inject_weight')]
  return x.map((one, i) => {
    const { q } = tokens[i] as Token
    const target = i - TEXT
    const isTarget = target >= 0 && target < TARGET
    const own = attend(q, isTarget ? [...tokens.slice(0, first), ...view] : tokens)
    const source = tokens[first + (isTarget ? (from[target] as number) : 0)] as Token
    const injected = attend(source.q, alone ? tokens.slice(first) : tokens)
    const share = isTarget ? (weight[target] as number) : 0
    const attended = own.map((value, k) => (1 - share) * value + share * (injected[k] as number))
    const [gate, up] = [fused[i]?.slice(3 * D, 3 * D + MLP), fused[i]?.slice(3 * D + MLP)]
    const mlp = gate?.map((value, k) => silu(value) * (up?.[k] as number)) ?? []
    const out = linear([...attended, ...mlp], `${block}.to_out`)
    return one.map((value, k) => value + (rows[2 * D + k] as number) * (out[k] as number))
  })
}

test.each([true, false])('agrees with plain loops; alone: %s', async (alone) => {
  const from = io.get('inject_from') as Tensor & { type: 'I64' }
  const rows = from.data.map((row) => row + BigInt(REFERENCE))
  const all = BigInt64Array.from({ length: REFERENCE }, (_, i) => BigInt(i))
  const asked = new Map<string, Tensor>([
    ...io,
    ...(alone
      ? ([
          ['inject_from', { type: 'I64', dims: [TARGET], data: rows }],
          ['alone_tokens', { type: 'I64', dims: [REFERENCE], data: all }],
        ] as const)
      : []),
  ])
  const config = Flux2Config.parse(component.config)
  const options = { compute: 'F32' } as const
  const session = await load(flux2Graph(config, component.tensors, 'F32', { blocks: true }))
  const { outputs } = await session.run(namedSequence(asked, flux2Positions(config), options))
  const before = [...rowsOf(outputs['double.1.text'], D), ...rowsOf(outputs['double.1.image'], D)]
  expect(before).toHaveLength(TEXT + TARGET + REFERENCE)
  const got = rowsOf(outputs['single.0'], D).flat()
  expect(relativeError(got, naiveBlock(before, alone).flat())).toBeLessThan(5e-6)
  expect(maxDifference(got, naiveBlock(before, !alone).flat())).toBeGreaterThan(1e-2)
  await session.close()
})

/** The transformer in plain float64 loops, at the target tokens. */

import { selfTestWeights } from '../../../../gpu-worker/backbones/self-test.ts'
import { third } from './family.ts'

type Row = readonly number[]
type Key = { readonly k: Row; readonly v: Row }
export type NaiveRun = {
  readonly text: readonly Row[]
  readonly target: readonly Row[]
  readonly reference: readonly Row[]
  readonly cols: number
  readonly sigma: number
  /** Null for the plain model, in which every token sees every other. */
  readonly control: {
    /** Reference token and position of every key of the view. */
    readonly view: readonly (readonly [token: number, position: number])[]
    /** Reference token and weight for every target token. */
    readonly inject: readonly (readonly [token: number, weight: number])[]
  } | null
}

const weights = new Map(selfTestWeights(third.selfTest).map(({ name, data }) => [name, data]))
/** Axis and frequency of the six pairs of features. */
const pairs = [
  [0, 1],
  [1, 1],
  [1, 2000 ** -0.5],
  [2, 1],
  [2, 2000 ** -0.5],
  [3, 1],
] as const

export function naiveVelocity({ text, target, reference, cols, sigma, control }: NaiveRun): Row[] {
  const time = linear('time', [sigma])
  const tokens = (rows: readonly Row[], layer: string, place: (i: number) => Row) =>
    rows.map((row, i) => {
      const x = plus(linear(layer, row), time)
      const k = linear('k', x)
      const q = turned(linear('q', x), place(i))
      return { x, q, unturned: k, k: turned(k, place(i)), v: linear('v', x) }
    })
  const on = (id: number) => (i: number) => [id, Math.floor(i / cols), i % cols, 0]
  const words = tokens(text, 'text', (i) => [0, 0, 0, i])
  const targets = tokens(target, 'image', on(0))
  const references = tokens(reference, 'image', on(10))
  const all = [...words, ...targets, ...references]
  const view = control?.view.map(([token, position]) => {
    const { unturned, v } = at(references, token)
    return { k: turned(unturned, on(10)(position)), v }
  })
  return targets.map(({ x, q }, i) => {
    const own = attend(q, [...words, ...targets, ...(view ?? references)])
    const [token, weight] = control === null ? [0, 0] : at(control.inject, i)
    const source = attend(at(references, token).q, all)
    return linear(
      'out',
      plus(
        x,
        own.map((a, f) => a + weight * (at(source, f) - a)),
      ),
    )
  })
}

export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError(`Nothing at ${index}`)
  return value
}

function linear(name: string, x: Row): Row {
  const weight = weights.get(`${name}.weight`) ?? []
  return Array.from(weights.get(`${name}.bias`) ?? [], (bias, o) =>
    x.reduce((sum, value, i) => sum + value * at(weight, o * x.length + i), bias),
  )
}

function plus(a: Row, b: Row): Row {
  return a.map((value, i) => value + at(b, i))
}

function turned(x: Row, position: Row): Row {
  return pairs.flatMap(([axis, frequency], j) => {
    const angle = at(position, axis) * frequency
    const [a, b] = [at(x, 2 * j), at(x, 2 * j + 1)]
    return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)]
  })
}

function attend(q: Row, seen: readonly Key[]): Row {
  const scores = seen.map(({ k }) =>
    Math.exp(q.reduce((sum, x, i) => sum + x * at(k, i), 0) / Math.sqrt(12)),
  )
  const total = scores.reduce((a, b) => a + b)
  return q.map((_, f) =>
    seen.reduce((sum, { v }, j) => sum + (at(v, f) * at(scores, j)) / total, 0),
  )
}

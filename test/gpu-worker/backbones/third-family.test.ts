/** A family that is unlike FLUX.1 runs through the same types: its numbers are those of plain loops. */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { selfTest, selfTestWeights } from '../../../gpu-worker/backbones/self-test.ts'
import { editPhoto } from '../../../gpu-worker/edit.ts'
import { type Control, controlOf, identityControl } from '../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { planDrags } from '../../../shared/geometry/plan.ts'
import { automaticMask } from '../../../shared/mask.ts'
import { readSample } from '../../fixtures/pictures.ts'
import { settingsOf } from '../../fixtures/settings.ts'
import { third } from './third-family/family.ts'

type Row = readonly number[]
const folder = await third.source.write(await mkdtemp(join(tmpdir(), 'third-')))
const backbone = await third.open(folder, { provider: 'cpu' })
afterAll(() => backbone.close())
afterEach(() => vi.restoreAllMocks())
const LAMBDA = 0.4
const grid = { rows: 4, cols: 6 }
const pixels = Float32Array.from({ length: 72 }, (_, i) => Math.sin(i * i))
const photo = { width: 6, height: 4, pixels }
const weights = new Map(selfTestWeights(third.selfTest).map(({ name, data }) => [name, data]))
const at = (values: ArrayLike<number> | undefined, i: number) => values?.[i] ?? Number.NaN
const close = (values: ArrayLike<number>, digits = 4) =>
  Array.from(values, (x) => expect.closeTo(x, digits))
const rowsOf = (x: ArrayLike<number> = []) =>
  Array.from({ length: x.length / 3 }, (_, i) => [0, 1, 2].map((c) => at(x, 3 * i + c)))
/** What the prompt 'a' and a photo become. */
const letter = [97 / 128, 0, 1]
const textOf = (photo: Float32Array) => [[photo.reduce((a, b) => a + b) / 72, 0, 0], letter]
const linear = (name: string, x: Row) =>
  Array.from(weights.get(`${name}.bias`) ?? [], (bias, o) =>
    x.reduce((sum, a, i) => sum + a * at(weights.get(`${name}.weight`), o * x.length + i), bias),
  )

function turned(x: Row, [id = 0, row = 0, col = 0, word = 0]: Row): Row {
  const slow = 2000 ** -0.5
  return [id, row, row * slow, col, col * slow, word].flatMap((angle, j) => {
    const [a, b] = [at(x, 2 * j), at(x, 2 * j + 1)]
    const [c, s] = [Math.cos(angle), Math.sin(angle)]
    return [a * c - b * s, a * s + b * c]
  })
}

function attend(q: Row, seen: readonly { readonly k: Row; readonly v: Row }[]): Row {
  const scores = seen.map(({ k }) =>
    Math.exp(q.reduce((sum, a, i) => sum + a * at(k, i), 0) / Math.sqrt(12)),
  )
  const total = scores.reduce((a, b) => a + b)
  return q.map((_, f) => seen.reduce((sum, { v }, j) => sum + at(v, f) * at(scores, j), 0) / total)
}

/** Without a control, every token sees every token. */
function naive(text: Row[], x: Row[], reference: Row[], sigma: number, control?: Control) {
  const place = (id: number, i: number) => [id, Math.floor(i / 6), i % 6, 0]
  const token = (row: Row, position: Row) => ({
    q: turned(linear('q', row), position),
    k: turned(linear('k', row), position),
    v: linear('v', row),
  })
  const words = text.map((row, i) => token(row, [0, 0, 0, i]))
  const target = x.map((row, i) => token(row, place(0, i)))
  const references = reference.map((row, i) => token(row, place(10, i)))
  const view = control?.viewTokens.map((t, i) =>
    token(reference[t] ?? [], place(10, at(control.viewPositions, i))),
  )
  return target.flatMap(({ q }, i) => {
    const own = attend(q, [...words, ...target, ...(view ?? references)])
    const from = control ? at(control.injectFrom, i) : 0
    const alone = from >= references.length
    const token = alone ? at(control?.aloneTokens, from - references.length) : from
    const everything = [...words, ...target, ...references]
    const injected = attend(references[token]?.q ?? [], alone ? references : everything)
    const weight = control ? at(control.injectMask, i) * LAMBDA : 0
    const mixed = own.map((a, f) => a + weight * (at(injected, f) - a))
    return linear('out', mixed).map((v) => v * sigma)
  })
}

test('encoding scales every channel, and decoding undoes it', async () => {
  const tokens = await backbone.encode(photo)
  const [r, g, b] = [at(pixels, 7), at(pixels, 31), at(pixels, 55)]
  expect(rowsOf(tokens)[7]).toEqual(close([(r - 0.1) / 0.5, (g + 0.2) / 1.5, (b - 0.3) / 2]))
  expect([...(await backbone.decode(tokens, grid))]).toEqual(close(pixels))
})

test('the schedule follows steps and tokens, noise the channels', () => {
  const shifted = [1, 0.75, 0.5, 0.25].map(
    (t) => 1 / (1 + (1 / t - 1) * Math.exp(-24 / 100 - 4 / 10)),
  )
  expect(backbone.schedule(4, 24)).toEqual(close([...shifted, 0], 6))
  const drawn = gaussianNoise(5, 72)
  expect(rowsOf(backbone.noise(5, grid))[7]).toEqual([drawn[7], drawn[31], drawn[55]])
})

const moved: Control = {
  viewTokens: [3, 3, 20],
  viewPositions: [0, 9, 20],
  doubleViewTokens: [],
  doubleViewPositions: [],
  aloneTokens: [0],
  injectFrom: Int32Array.from({ length: 24 }, (_, i) => (i * 5) % 24),
  injectMask: Float32Array.from({ length: 24 }, (_, i) => i % 3),
}
/** The same, with token 2 and then token 19 over the reference alone in every other place. */
const alone: Control = {
  ...moved,
  aloneTokens: [2, 19],
  injectFrom: moved.injectFrom.map((from, i) => (i % 2 === 0 ? from : 24 + (i % 4 === 1 ? 0 : 1))),
}
test.each([undefined, moved, alone])('the velocity is that of plain loops', async (control) => {
  const reference = await backbone.encode(photo)
  const x = backbone.noise(1, grid)
  const conditioning = await backbone.condition({ prompt: 'a', photo })
  const run = { grid, reference, control: control ?? identityControl(24), guidance: null }
  const velocity = backbone.velocity({ ...run, conditioning })
  const expected = naive(textOf(pixels), rowsOf(x), rowsOf(reference), 0.7, control)
  expect([...(await velocity(x, 0.7, LAMBDA))]).toEqual(close(expected))
})

test('the self-test finds its known answer, which plain loops gave', () =>
  selfTest(third.selfTest, 'cpu', 'F32'))

test.each([
  [1, 3],
  [0.5, 2],
  [0, 0],
])(
  'an edit runs the steps of plain loops, with PAA until %d of them',
  async (paaUntil, aligned) => {
    const { photo: file, size: photoSize, drags } = await readSample('ladybird')
    const settings = settingsOf({ drags, steps: 3, seed: 8, prompt: 'a', lambda: LAMBDA })
    const { plan: options, sampler: resolved } = resolveSettings(settings, () => 0)
    const changes = { lambdaSchedule: 'constant', latentBlend: false, paaUntil } as const
    const sampler = { ...resolved, ...changes }
    const plan = planDrags(photoSize, grid, drags, automaticMask(photoSize, drags), options)
    const work = { kind: 'planned', plan } as const
    const encode = vi.spyOn(backbone, 'encode')
    const decode = vi.spyOn(backbone, 'decode')
    const job = { photo: file, photoSize, workingSize: photo, grid, work, sampler }
    const edited = await editPhoto(job, backbone, () => {}, new AbortController().signal)
    expect(edited).toMatchObject(photoSize)
    const seen = encode.mock.calls[0]?.[0].pixels ?? new Float32Array()
    const reference = rowsOf(await backbone.encode({ ...photo, pixels: seen }))
    const sigmas = [1, 2 / 3, 1 / 3].map(
      (t) => 1 / (1 + (1 / t - 1) * Math.exp(-24 / 100 - 3 / 10)),
    )
    let x = backbone.noise(8, grid)
    for (const [i, sigma] of sigmas.entries()) {
      const full = { viewTokens: [...reference.keys()], viewPositions: [...reference.keys()] }
      const control = { ...controlOf(plan), ...(i >= aligned && full) }
      const v = naive(textOf(seen), rowsOf(x), reference, sigma, control)
      x = x.map((value, j) => value + ((sigmas[i + 1] ?? 0) - sigma) * at(v, j))
    }
    expect(rowsOf(decode.mock.calls[0]?.[0])).toEqual(rowsOf(x).map((row) => close(row, 3)))
  },
)

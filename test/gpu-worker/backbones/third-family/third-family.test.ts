import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { faultsOf, openComponents } from '../../../../gpu-worker/backbones/check.ts'
import { selfTest } from '../../../../gpu-worker/backbones/self-test.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { editPhoto } from '../../../../gpu-worker/edit.ts'
import { controlOf, identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { resolveSettings } from '../../../../shared/edit/resolve-settings.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { planDrags } from '../../../../shared/geometry/plan.ts'
import { automaticMask } from '../../../../shared/mask.ts'
import { third } from './family.ts'
import { at, naiveVelocity } from './naive.ts'

const folder = await third.source.write(await mkdtemp(join(tmpdir(), 'third-')))
const backbone = await third.open(folder, { provider: 'cpu' })
const size = { width: 6, height: 4 }
const grid = { rows: 4, cols: 6 }
const bytes = Uint8Array.from({ length: 72 }, (_, i) => (i * 89 + 31 * (i % 7)) % 256)
/** Channels first, in [-1, 1]. */
const pixels = Float32Array.from(
  bytes,
  (_, i) => at(bytes, 3 * (i % 24) + Math.floor(i / 24)) / 127.5 - 1,
)
const photo = { ...size, pixels }
const rows = (tokens: Float32Array) =>
  Array.from({ length: 24 }, (_, i) => [...tokens.subarray(3 * i, 3 * i + 3)])
const close = (values: readonly number[], digits = 4) =>
  values.map((x) => expect.closeTo(x, digits))

test('encoding scales every channel, and decoding undoes it', async () => {
  const tokens = await backbone.encode(photo)
  const expected = rows(tokens).flatMap((_, i) => [
    (at(bytes, 3 * i) / 127.5 - 1.1) / 0.5,
    (at(bytes, 3 * i + 1) / 127.5 - 0.8) / 1.5,
    (at(bytes, 3 * i + 2) / 127.5 - 1.3) / 2,
  ])
  expect([...tokens]).toEqual(close(expected))
  expect([...(await backbone.decode(tokens, grid))]).toEqual(close([...pixels]))
})

test('the schedule depends on steps and tokens', () => {
  // exp(mu) / (exp(mu) + 1 / t - 1), mu = 24 / 100 + 4 / 10
  const shifted = [1, 0.75, 0.5, 0.25].map((t) => 1 / (1 + (1 / t - 1) * Math.exp(-0.64)))
  expect(backbone.schedule(4, 24)).toEqual(close([...shifted, 0], 6))
})

test('noise is drawn by channel', () => {
  const drawn = gaussianNoise(5, 72)
  expect(rows(backbone.noise(5, grid))[7]).toEqual([drawn[7], drawn[24 + 7], drawn[48 + 7]])
})

const control = {
  viewTokens: [3, 3, 20],
  viewPositions: [0, 9, 20],
  doubleViewTokens: [],
  injectFrom: Int32Array.from({ length: 24 }, (_, i) => (i * 5) % 24),
  injectMask: Float32Array.from({ length: 24 }, (_, i) => Number(i % 3 === 0)),
}
const naiveControl = (given: typeof control, lambda: number) => ({
  view: Array.from(given.viewTokens, (token, i) => [token, at(given.viewPositions, i)] as const),
  inject: Array.from(
    given.injectFrom,
    (token, i) => [token, at(given.injectMask, i) * lambda] as const,
  ),
})

test.each([
  ['plain', identityControl(24), null],
  ['controlled', control, naiveControl(control, 0.6)],
])('the %s velocity is that of plain loops', async (_, given, naive) => {
  const reference = await backbone.encode(photo)
  const noise = backbone.noise(1, grid)
  const conditioning = await backbone.condition({ prompt: 'ab', photo })
  const velocity = backbone.velocity({
    grid,
    reference,
    control: given,
    guidance: null,
    conditioning,
  })
  const mean = pixels.reduce((a, b) => a + b) / 72
  const text = [[mean], [97 / 128], [98 / 128]]
  const run = {
    text,
    target: rows(noise),
    reference: rows(reference),
    cols: 6,
    sigma: 0.7,
    control: naive,
  }
  expect([...(await velocity(noise, 0.7, 0.6))]).toEqual(close(naiveVelocity(run).flat()))
})

test('the checkpoint has what the graph needs, and the self-test its answer', async () => {
  const opened = await openComponents(third, folder)
  expect(
    faultsOf(third.components.transformer, await openComponent(join(folder, 'transformer'))),
  ).toEqual([])
  expect(opened).toHaveLength(1)
  const v = naiveVelocity({
    text: [[1], [-0.5]],
    target: [
      [2, -1, 0.5],
      [1, -0.5, 0.25],
    ],
    reference: [
      [0.25, -0.5, 1],
      [0.5, -1, 2],
    ],
    cols: 2,
    sigma: 0.75,
    control: null,
  })
  const answer = v.flatMap((row) => [
    row.reduce((a, b) => a + b) / 3,
    Math.hypot(...row) / Math.sqrt(3),
  ])
  expect(third.selfTest.knownAnswer).toEqual(close(answer))
  await selfTest(third.selfTest, 'cpu', 'F32')
})

test('an edit is what plain loops draw', async () => {
  const drags = [{ handle: { x: 1.5, y: 1.5 }, target: { x: 4.5, y: 2.5 } }]
  const settings = EditSettings.parse({
    drags,
    steps: 3,
    seed: 8,
    prompt: 'c',
    lambdaSchedule: 'constant',
    lambda: 0.4,
    latentBlend: false,
    pixelComposite: false,
  })
  const { plan: options, sampler } = resolveSettings(settings, () => 0)
  const plan = planDrags(size, grid, drags, automaticMask(size, drags), options)
  const picture = await sharp(bytes, { raw: { ...size, channels: 3 } })
    .png()
    .toBuffer()
  const job = {
    photo: picture,
    photoSize: size,
    workingSize: size,
    grid,
    work: { kind: 'planned' as const, plan },
    sampler,
  }
  const edited = await editPhoto(job, backbone, () => {}, new AbortController().signal)

  const text = [[pixels.reduce((a, b) => a + b) / 72], [99 / 128]]
  const reference = rows(await backbone.encode(photo))
  const sigmas = [1, 2 / 3, 1 / 3].map((t) => 1 / (1 + (1 / t - 1) * Math.exp(-0.54)))
  let x: readonly (readonly number[])[] = rows(backbone.noise(8, grid))
  for (const [i, sigma] of sigmas.entries()) {
    const v = naiveVelocity({
      text,
      target: x,
      reference,
      cols: 6,
      sigma,
      control: naiveControl(controlOf(plan) as typeof control, 0.4),
    })
    const step = (sigmas[i + 1] ?? 0) - sigma
    x = x.map((row, token) => row.map((value, c) => value + step * at(at(v, token), c)))
  }
  const expected = x.flatMap(([r = 0, g = 0, b = 0]) =>
    [r * 0.5 + 0.1, g * 1.5 - 0.2, b * 2 + 0.3].map((p) =>
      Math.min(255, Math.max(0, 127.5 * (p + 1))),
    ),
  )
  const drawn = await sharp(edited.bytes).removeAlpha().raw().toBuffer()
  expect(Math.max(...expected.map((p, i) => Math.abs(p - at(drawn, i))))).toBeLessThan(0.51)
})

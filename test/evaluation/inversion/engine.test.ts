/** The engine `inversion:MODEL`, on `embedded`, which paints nothing without a reference. */

import { afterAll, expect, test } from 'vitest'
import { kindOf } from '../../../evaluation/engines/registry.ts'
import { bareResources, EngineResources } from '../../../evaluation/engines/resources.ts'
import type { EngineSpec } from '../../../evaluation/engines/spec.ts'
import { inversion } from '../../../evaluation/inversion/inversion.ts'
import { encodePicture } from '../../../evaluation/picture.ts'
import type { OpenBackbone, VelocityInputs } from '../../../gpu-worker/backbones/family.ts'
import { editPhoto } from '../../../gpu-worker/edit.ts'
import { maskPng } from '../../../gpu-worker/photo/mask-png.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { workOf } from '../../../shared/edit/work.ts'
import { caseOf, SIZE } from '../../fixtures/evaluation/cases.ts'
import { settingsOf } from '../../fixtures/settings.ts'
import { colourAt, pictureOf, rectangle } from '../picture.ts'

const resources = new EngineResources(bareResources)
afterAll(() => resources.close())
const { signal } = new AbortController()
const inverted = (address: string, settings = {}): EngineSpec => ({
  kind: 'inversion',
  address,
  settings,
})
/** A chequered photo, in which a square moves. */
const photo = pictureOf(SIZE, (x, y) => [3 * x, 4 * y, 60 + 100 * (((x >> 3) + (y >> 3)) % 2)])
const square = { ...SIZE, data: rectangle(SIZE, 4, 26, 16, 38) }
const chequered = async () =>
  caseOf('a', {
    photo: new Uint8Array(await encodePicture(photo)),
    mask: { kind: 'object' as const, mask: square },
  })

test.each([
  [inverted('instant'), /inversion:instant is no transformer; known: embedded/],
  [inverted('flux'), /inversion:flux is no transformer/],
  [inverted('embedded', { lamda: 1 }), /lamda/],
  [inverted('flux1-kontext-dev'), /flux1-kontext-dev needs --checkpoint/],
])('%o is rejected', async (spec, why) => {
  await expect((async () => kindOf(spec).check(spec, bareResources))()).rejects.toThrow(why)
})

test('it edits with the paper’s settings, or what it is set to, twice to the same picture', async () => {
  const one = await chequered()
  const spec = inverted('embedded', { steps: 2 })
  await kindOf(spec).check(spec, bareResources)
  const engine = await kindOf(spec).open(spec, resources)
  expect(engine.name).toBe('inversion:embedded steps=2')
  const first = await engine.edit(one, signal)
  const paper = { steps: 2, lambda: 0.8, lambdaSchedule: 'constant', lambdaUntil: 0.8, seed: 42 }
  expect(first.record).toMatchObject({ options: paper })
  expect((await engine.edit(one, signal)).picture).toEqual(first.picture)
  expect(colourAt(first.picture, 78, 2)).toEqual(colourAt(photo, 78, 2))
  expect(colourAt(first.picture, 10, 32)).not.toEqual(colourAt(photo, 10, 32))
})

test('inversion takes no guidance and no negative prompt, denoising what it is asked for', async () => {
  const one = await chequered()
  const asked = settingsOf({
    drags: one.drags,
    steps: 1,
    seed: 1,
    prompt: 'towards',
    negativePrompt: 'away',
    trueGuidance: 4,
  })
  const planned = await workOf(SIZE, asked, await maskPng(square))
  const { sampler } = resolveSettings(asked, () => 1)
  const open = await resources.backbone('embedded')
  const runs: { guidance: number | null; prompt: unknown; half: boolean }[] = []
  const condition: OpenBackbone['condition'] = async (input) => ({
    ...((await open.condition(input)) as object),
    prompt: input.prompt,
  })
  const velocity = (run: VelocityInputs<{ prompt: string }>, stop: AbortSignal) => {
    const { guidance, conditioning, streams } = run
    const half = (streams?.target.length ?? 0) < planned.grid.rows * planned.grid.cols
    runs.push({ guidance, prompt: conditioning.prompt, half })
    return open.velocity(run, stop)
  }
  const watched = new Proxy(open, {
    get(_, name) {
      const value = { condition, velocity }[String(name)] ?? Reflect.get(open, name, open)
      return typeof value === 'function' ? value.bind(open) : value
    },
  })
  const job = {
    photo: one.photo,
    photoSize: SIZE,
    ...planned,
    sampler: { ...sampler, guidance: 3 },
  }
  await editPhoto(job, watched, () => {}, signal, null, inversion)
  const unguided = { guidance: 1, prompt: 'towards', half: true }
  expect(runs).toEqual([
    // Both halves of the tokens, at levels 0 and 1.
    ...new Array(4).fill(unguided),
    { guidance: 3, prompt: 'towards', half: false },
    { guidance: 3, prompt: 'away', half: false },
  ])
})

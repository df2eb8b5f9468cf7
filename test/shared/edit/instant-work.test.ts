/** What a request for an instant edit may say, and what it becomes. */

import { describe, expect, test } from 'vitest'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../../shared/edit/settings.ts'
import { planRequest, workOf } from '../../../shared/edit/work.ts'
import { unpackMask } from '../../../shared/files/packed-mask.ts'
import { RunRequest } from '../../../shared/run.ts'
import { rectangleMask } from '../../fixtures/png.ts'

const size = { width: 1600, height: 1200 }
const dragged = (dx: number, y = 405) => [{ handle: { x: 500, y }, target: { x: 500 + dx, y } }]
const settingsOf = (fields: Record<string, unknown>) =>
  withModel(EditSettings.parse({ drags: dragged(100), ...fields }), 'instant')
/** A line of 800 by 10 pixels; a token of the plan is 26 pixels wide. */
const line = () => rectangleMask(1600, 1200, 400, 400, 1200, 410)

describe('options that it does not read', () => {
  test.each([
    ['prompt', 'a cat'],
    ['negativePrompt', 'a dog'],
    ['steps', 3],
    ['guidance', 3],
    ['trueGuidance', 2],
    ['lambda', 0.4],
    ['lambdaSchedule', 'constant'],
    ['lambdaBy', 'sigma'],
    ['lambdaUntil', 0.8],
    ['injected', 'alone'],
    ['paaUntil', 0.5],
    ['strategy', 'reverse-user'],
    ['view', 'gather'],
    ['pre', false],
    ['oam', false],
    ['preBlocks', 'all'],
    ['vacated', 'drop'],
    ['rim', 'clear'],
    ['latentBlend', false],
    ['pixelComposite', false],
    ['border', 1],
    ['workingArea', 'auto'],
    ['feather', 8],
    ['detail', 'model'],
  ])('%s is refused, with a reason', (name, value) => {
    const message =
      name === 'prompt'
        ? 'instant is not a transformer: it reads no prompt; leave prompt out or choose another model'
        : expect.stringContaining(name)
    expect(() => settingsOf({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_option', pointer: `/${name}`, message }),
    )
    expect(() => settingsOf({ [name]: value, model: 'embedded' })).not.toThrow()
  })

  test('with values that ask for nothing are accepted', () => {
    settingsOf({
      prompt: '',
      negativePrompt: '',
      trueGuidance: 1,
      lambda: 0.5,
      lambdaBy: 'step',
      lambdaUntil: 1,
      injected: 'joint',
      paaUntil: 1,
      pre: true,
      preBlocks: 'single',
      oam: true,
      vacated: 'paper',
      rim: 'keep',
      detail: 'photo',
    })
  })

  test('are not in the record', () => {
    const settings = settingsOf({ power: 4, profile: 'paper' })
    const { record, sampler } = resolveSettings(settings, () => 9)
    expect(record).toEqual({
      profile: 'paper',
      maskKind: 'object',
      scope: 'component',
      power: 4,
      seed: 9,
      filling: 'auto',
      field: 'inverse-distance',
      shadows: 'keep',
      output: { format: 'png', quality: 90 },
    })
    expect(sampler.steps).toBe(3)
  })
})

describe('thin masks and short drags', () => {
  test('are exact: no warning, and no refusal down to half a pixel', async () => {
    const mask = await line()
    const { work, warnings } = await workOf(size, settingsOf({ drags: dragged(0.6) }), mask)
    expect(warnings).toEqual([])
    expect(work).toMatchObject({ kind: 'instant', marks: 'object', fill: false })
    const embedded = settingsOf({ drags: dragged(100), model: 'embedded' })
    expect((await planRequest(size, embedded, mask)).warnings).toMatchObject([
      { code: 'thin_mask' },
    ])
    const instant = settingsOf({ drags: dragged(100) })
    expect((await planRequest(size, instant, mask)).warnings).toEqual([])
  })

  test.each(['object', 'editable'])('half a pixel moves nothing (mask %s)', async (maskKind) => {
    const settings = settingsOf({ drags: dragged(0.5), maskKind })
    await expect(workOf(size, settings, await line())).rejects.toMatchObject({
      code: 'nothing_moves',
      pointer: '/drags',
      message: 'nothing moves, because no drag is longer than half a pixel',
    })
  })

  test('a handle has to be on the mask, by pixels, not by tokens', async () => {
    const beside = settingsOf({ drags: dragged(50, 411) })
    await workOf(size, beside, await line())
    const off = settingsOf({ drags: dragged(50, 413) })
    await expect(workOf(size, off, await line())).rejects.toMatchObject({
      code: 'handle_outside_mask',
      pointer: '/drags/0/handle',
    })
    await workOf(size, settingsOf({ drags: dragged(50, 413), model: 'embedded' }), await line())
  })
})

describe('the work', () => {
  test('holds the mask, and what it marks', async () => {
    const mask = await line()
    const { work, mask: record } = await workOf(size, settingsOf({}), mask)
    if (work.kind !== 'instant') return expect.fail(work.kind)
    const { data } = await unpackMask(work.mask)
    expect(data.reduce((sum, value) => sum + value, 0)).toBe(8000)
    expect(record).toMatchObject({ given: true, foundBy: null })
    expect(RunRequest.shape.work.parse(JSON.parse(JSON.stringify(work)))).toEqual(work)
    const paper = await workOf(size, settingsOf({ profile: 'paper' }), mask, true)
    expect(paper).toMatchObject({ mask: null, work: { marks: 'rough', fill: true } })
    const editable = await workOf(size, settingsOf({ maskKind: 'editable' }), mask)
    expect(editable).toMatchObject({ mask: null, work: { marks: 'editable' } })
  })

  test('without a mask holds discs that stand for the things, which the worker finds', async () => {
    const { work, mask, warnings } = await workOf(size, settingsOf({}), null)
    expect(work).toMatchObject({ kind: 'instant', marks: 'automatic' })
    expect([mask, warnings]).toEqual([null, []])
    expect(RunRequest.shape.work.parse(JSON.parse(JSON.stringify(work)))).toEqual(work)
  })
})

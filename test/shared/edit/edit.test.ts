import { describe, expect, test } from 'vitest'
import { CreateEdit } from '../../../shared/edit/bodies.ts'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { type EditError, errorTable } from '../../../shared/errors.ts'
import { settingsOf } from '../../fixtures/settings.ts'

const drags = [{ handle: { x: 1, y: 2 }, target: { x: 3, y: 4 } }]
const body = { image: 'https://example.com/a.png', drags }
const errorOf = (change: Record<string, unknown>) => {
  try {
    parseRequest(CreateEdit, { ...body, ...change })
  } catch (error) {
    return error as EditError
  }
  throw new Error('there was no error')
}

describe('an invalid body is rejected with the code of its fault', () => {
  test.each([
    [{ foo: 1 }, 'invalid_request', '/foo'],
    [{ steps: '2' }, 'invalid_request', '/steps'],
    [{ lambda: Number.NaN }, 'invalid_request', '/lambda'],
    [{ lambda: Number.POSITIVE_INFINITY }, 'invalid_request', '/lambda'],
    [{ model: 3 }, 'invalid_request', '/model'],
    [
      { drags: [{ handle: { x: 1, y: null }, target: { x: 1, y: 1 } }] },
      'invalid_request',
      '/drags/0/handle/y',
    ],
    [
      { drags: [{ handle: { x: 1, y: 1 }, target: { x: 1, y: 1 }, weight: 2 }] },
      'invalid_request',
      '/drags/0/weight',
    ],
    [{ image: undefined }, 'image_missing', '/image'],
    [{ drags: undefined }, 'no_drags', '/drags'],
    [{ drags: [] }, 'no_drags', '/drags'],
    [{ drags: new Array(65).fill(drags[0]) }, 'too_many_drags', '/drags'],
    [{ model: 'flux9' }, 'unknown_model', '/model'],
    [{ prompt: 'a'.repeat(10_001) }, 'prompt_too_long', '/prompt'],
    [{ steps: 0 }, 'invalid_option', '/steps'],
    [{ steps: 51 }, 'invalid_option', '/steps'],
    [{ steps: 2.5 }, 'invalid_option', '/steps'],
    [{ lambda: 1.1 }, 'invalid_option', '/lambda'],
    [{ lambdaBy: 'time' }, 'invalid_option', '/lambdaBy'],
    [{ lambdaUntil: 1.1 }, 'invalid_option', '/lambdaUntil'],
    [{ guidance: -1 }, 'invalid_option', '/guidance'],
    [{ power: 0 }, 'invalid_option', '/power'],
    [{ power: 17 }, 'invalid_option', '/power'],
    [{ vacated: 'hide' }, 'invalid_option', '/vacated'],
    [{ rim: 'drop' }, 'invalid_option', '/rim'],
    [{ preBlocks: 'double' }, 'invalid_option', '/preBlocks'],
    [{ paaUntil: -0.1 }, 'invalid_option', '/paaUntil'],
    [{ injected: 'both' }, 'invalid_option', '/injected'],
    [{ border: 9 }, 'invalid_option', '/border'],
    [{ border: 1.5 }, 'invalid_option', '/border'],
    [{ feather: 33 }, 'invalid_option', '/feather'],
    [{ feather: -1 }, 'invalid_option', '/feather'],
    [{ workingArea: 'left' }, 'invalid_option', '/workingArea'],
    [{ detail: 'both' }, 'invalid_option', '/detail'],
    [{ detail: true }, 'invalid_request', '/detail'],
    [{ seed: -1 }, 'invalid_option', '/seed'],
    [{ scope: 'all' }, 'invalid_option', '/scope'],
    [{ output: { format: 'gif' } }, 'invalid_option', '/output/format'],
  ])('%j: %s at %s', (change, code, pointer) => {
    expect(errorOf(change)).toMatchObject({ code, pointer })
  })

  test('a malformed body takes precedence over invalid values', () => {
    expect(errorOf({ steps: 99, foo: 1 }).code).toBe('invalid_request')
  })

  test('the detail contains the value, but never a long text', () => {
    expect(errorOf({ steps: 99 }).message).toContain('99')
    expect(errorOf({ prompt: 'secret'.repeat(2000) }).message).not.toContain('secret')
  })
})

test('a problem object follows RFC 9457, with our code and pointer', () => {
  expect(errorOf({ steps: 99 }).problem('r1')).toEqual({
    type: 'urn:contextdrag:problem:invalid_option',
    title: errorTable.invalid_option.title,
    status: 422,
    code: 'invalid_option',
    detail: expect.stringContaining('99'),
    pointer: '/steps',
    requestId: 'r1',
  })
})

describe('options that a request leaves out', () => {
  const resolve = (change: Record<string, unknown>) =>
    resolveSettings(settingsOf({ drags, ...change }), () => 42)

  test('follow the backbone and the default profile', () => {
    expect(resolve({})).toEqual({
      model: 'embedded',
      plan: {
        scope: 'component',
        power: 2,
        strategy: 'reverse-user',
        view: 'gather',
        pre: true,
        preBlocks: 'single',
        oam: true,
        vacated: 'paper',
        rim: 'keep',
        border: 1,
      },
      sampler: {
        prompt: '',
        seed: 42,
        steps: 2,
        guidance: null,
        negativePrompt: '',
        trueGuidance: 1,
        lambda: 0.5,
        lambdaSchedule: 'cosine',
        lambdaBy: 'step',
        lambdaUntil: 1,
        injected: 'joint',
        paaUntil: 1,
        latentBlend: true,
        pixelComposite: true,
        feather: 8,
        detail: 'photo',
        filling: 'patches',
        field: 'rigid',
        shadows: 'move',
        output: { format: 'png', quality: 90 },
      },
      record: {
        profile: 'default',
        maskKind: 'object',
        scope: 'component',
        power: 2,
        strategy: 'reverse-user',
        view: 'gather',
        pre: true,
        preBlocks: 'single',
        oam: true,
        vacated: 'paper',
        rim: 'keep',
        border: 1,
        workingArea: 'photo',
        seed: 42,
        steps: 2,
        guidance: null,
        trueGuidance: 1,
        lambda: 0.5,
        lambdaSchedule: 'cosine',
        lambdaBy: 'step',
        lambdaUntil: 1,
        injected: 'joint',
        paaUntil: 1,
        latentBlend: true,
        pixelComposite: true,
        feather: 8,
        detail: 'photo',
        output: { format: 'png', quality: 90 },
      },
    })
    expect(resolve({ model: 'flux1-kontext-dev' }).sampler).toMatchObject({
      steps: 30,
      guidance: 3,
    })
  })

  test('follow the paper in its profile, and explicit options take precedence', () => {
    const paper = resolve({ profile: 'paper' })
    expect(paper.plan).toMatchObject({ scope: 'component', view: 'scatter' })
    expect(paper.sampler).toMatchObject({
      latentBlend: true,
      pixelComposite: false,
      detail: 'model',
      field: 'inverse-distance',
    })
    const mixed = resolve({
      profile: 'paper',
      scope: 'global',
      view: 'gather',
      pixelComposite: true,
      detail: 'photo',
      border: 3,
      feather: 0,
      seed: 0,
    })
    expect(mixed.plan).toMatchObject({ scope: 'global', view: 'gather', border: 3 })
    expect(mixed.sampler).toMatchObject({
      pixelComposite: true,
      detail: 'photo',
      feather: 0,
      seed: 0,
    })
  })
})

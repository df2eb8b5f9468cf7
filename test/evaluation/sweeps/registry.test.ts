/** Sweeps: every row has an engine and settings that exist, and a name of its own. */

import { expect, test } from 'vitest'
import { nameOf, parseChoice } from '../../../evaluation/engines/spec.ts'
import { peers } from '../../../evaluation/peers/registry.ts'
import { expandSweep, sweeps, sweptSpecs } from '../../../evaluation/sweeps/registry.ts'
import { planFields } from '../../../shared/edit/plan-options.ts'
import { EditSettings, withModel } from '../../../shared/edit/settings.ts'
import { forBackbones, isBackbone, type ModelName, modelNames } from '../../../shared/models.ts'

const drags = [{ handle: { x: 1, y: 1 }, target: { x: 2, y: 1 } }]

test.each(Object.keys(sweeps))('%s', (name) => {
  const entries = expandSweep(name, 'embedded')
  for (const { engine, settings } of entries) {
    if (Object.hasOwn(peers, engine)) {
      expect(settings).toEqual({})
      continue
    }
    const model = engine.replace(/^inversion:/, '')
    expect(modelNames).toContain(model)
    withModel(EditSettings.parse({ drags, ...settings }), model as ModelName)
  }
  expect(new Set(entries.map(({ label }) => label)).size).toBe(entries.length)
  const made = entries.map(({ engine, settings }) => JSON.stringify([engine, settings]))
  expect(new Set(made).size).toBe(made.length)
})

test('a sweep varies the model that it is given, unless it is over models', () => {
  const models = (name: string) =>
    new Set(expandSweep(name, 'embedded').map(({ engine }) => engine))
  for (const name of ['table-iv', 'table-v', 'table-vii', 'switches'])
    expect(models(name)).toEqual(new Set(['embedded']))
  expect([...models('table-ii')].every((name) => isBackbone(name as ModelName))).toBe(true)
  expect(expandSweep('table-v').map(({ engine }) => engine)).toContain('flux1-kontext-dev')
  expect(() => expandSweep('table-i')).toThrow('table-i is no sweep')
})

test('switches are all of those that a transformer reads, but for those of other sweeps', () => {
  const switched = new Set(expandSweep('switches').flatMap(({ settings }) => Object.keys(settings)))
  const elsewhere = ['pre', 'oam', 'lambda', 'strategy', 'steps']
  const none = ['prompt', 'negativePrompt', 'guidance', 'trueGuidance', 'workingArea', 'feather']
  const all = [...new Set([...Object.keys(forBackbones), ...Object.keys(planFields)])]
  expect(all.filter((name) => !switched.has(name)).sort()).toEqual(
    [...elsewhere, ...none, 'scope'].sort(),
  )
})

test('a named sweep varies the transformers of the command line, beside its other engines', () => {
  const engines = ['embedded', 'instant', 'none']
  const choices = [parseChoice('embedded.steps=1', engines, false)]
  expect(sweptSpecs(engines, ['table-v'], choices).map(nameOf)).toEqual([
    'embedded steps=1 pre=false oam=false',
    'embedded steps=1 pre=true oam=false',
    'embedded steps=1 pre=false oam=true',
    'embedded steps=1 pre=true oam=true',
    'instant',
    'none',
  ])
  expect(sweptSpecs([], ['table-iv'], []).map(({ kind }) => kind)).toEqual(
    Array(3).fill('flux1-kontext-dev'),
  )
  const once = sweptSpecs(['embedded'], ['table-v', 'table-v'], [])
  expect(once.length).toBe(4)
})

test('a choice for a transformer is for all that a sweep makes of it, and not for peers', () => {
  const engines = ['embedded', 'none']
  const named = [parseChoice('embedded.profile=paper', engines, false)]
  const inverted = 'steps=50 lambda=0.8 lambdaSchedule=constant lambdaUntil=0.8'
  const wanted = [
    'bidirectional-warp',
    `inversion:embedded profile=paper ${inverted}`,
    'embedded profile=paper',
  ]
  expect(sweptSpecs(engines, ['table-vi'], named).map(nameOf)).toEqual([...wanted, 'none'])
  const forAll = [parseChoice('profile=paper', ['embedded'], false)]
  expect(sweptSpecs(['embedded'], ['table-vi'], forAll).map(nameOf)).toEqual(wanted)
  // What a row sets stands.
  const fewer = [parseChoice('steps=2', ['embedded'], false)]
  expect(sweptSpecs(['embedded'], ['table-vi'], fewer).map(nameOf)).toEqual([
    'bidirectional-warp',
    `inversion:embedded ${inverted}`,
    'embedded steps=2',
  ])
})

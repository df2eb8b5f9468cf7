import { describe, expect, test } from 'vitest'
import { combinations, nameOf, parseChoice } from '../../../evaluation/engines/spec.ts'

describe('settings', () => {
  test.each([
    ['lambda=0.3', { engine: null, key: 'lambda', values: [0.3] }],
    ['pre=false', { engine: null, key: 'pre', values: [false] }],
    ['prompt=a, b', { engine: null, key: 'prompt', values: ['a, b'] }],
    ['embedded.view=scatter', { engine: 'embedded', key: 'view', values: ['scatter'] }],
    // The longest engine that fits, and an address with dots and equals signs.
    [
      'api:http://x.y/?a=b.model=instant',
      { engine: 'api:http://x.y/?a=b', key: 'model', values: ['instant'] },
    ],
  ])('%s', (text, choice) => {
    const engines = ['embedded', 'embedded-fast', 'api:http://x.y/?a=b']
    expect(parseChoice(text, engines, false)).toEqual(choice)
  })

  test('a sweep takes each of its values', () => {
    expect(parseChoice('lambda=0.1,0.5,1', [], true).values).toEqual([0.1, 0.5, 1])
    expect(parseChoice('view=gather,scatter', [], true).values).toEqual(['gather', 'scatter'])
  })

  test.each(['lambda', '=3', 'other.lambda=1', 'a b=1'])('%s is rejected', (text) => {
    expect(() => parseChoice(text, ['embedded'], false)).toThrow(/does not have the form key=value/)
  })
})

describe('combinations', () => {
  const names = (engines: string[], sets: string[], sweeps: string[]) =>
    combinations(engines, [
      ...sets.map((text) => parseChoice(text, engines, false)),
      ...sweeps.map((text) => parseChoice(text, engines, true)),
    ]).map(nameOf)

  test('of every value with every other, for the engines that they are for', () => {
    expect(
      names(
        ['instant', 'embedded', 'folder:/a:b'],
        ['embedded.steps=4'],
        ['embedded.lambda=0.1,0.5', 'embedded.pre=true,false'],
      ),
    ).toEqual([
      'instant',
      'embedded steps=4 lambda=0.1 pre=true',
      'embedded steps=4 lambda=0.1 pre=false',
      'embedded steps=4 lambda=0.5 pre=true',
      'embedded steps=4 lambda=0.5 pre=false',
      'folder:/a:b',
    ])
  })

  test('each once, and a later value instead of an earlier one', () => {
    expect(names(['instant', 'instant'], ['seed=1', 'seed=2'], [])).toEqual(['instant seed=2'])
  })
})

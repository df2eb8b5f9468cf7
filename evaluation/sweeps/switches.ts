/** Every switch of docs/method.md, one at a time, beside the defaults. */

import type { Sweep } from './sweep.ts'

/** Values besides the default's. */
const values: readonly Readonly<Record<string, unknown>>[] = [
  { profile: 'paper' },
  { view: 'scatter' },
  { preBlocks: 'all' },
  { vacated: 'drop' },
  { vacated: 'keep' },
  { rim: 'clear' },
  { lambdaSchedule: 'constant' },
  { lambdaBy: 'sigma' },
  { lambdaUntil: 0.5 },
  { injected: 'alone' },
  { paaUntil: 0.5 },
  { paaUntil: 0 },
  { latentBlend: false },
  { pixelComposite: false },
  { border: 0 },
  { border: 2 },
  { detail: 'model' },
  { power: 4 },
]

export const switches: Sweep = {
  about: 'each switch of the method by itself',
  entries: (engine) => [
    { engine, settings: {}, label: 'defaults' },
    ...values.map((settings) => ({
      engine,
      settings,
      label: Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    })),
  ],
}

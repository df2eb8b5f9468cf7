/** Sweeps by name: the paper's tables, and every switch of the method. */

import { EditError } from '../../shared/errors.ts'
import { isBackbone, type ModelName, modelNames } from '../../shared/models.ts'
import { type Choice, combinations, type EngineSpec, nameOf } from '../engines/spec.ts'
import type { Sweep, SweepEntry } from './sweep.ts'
import { switches } from './switches.ts'
import { tables } from './tables.ts'

export const sweeps: Readonly<Record<string, Sweep>> = { ...tables, switches }

/** @throws EditError `invalid_request` for an unknown sweep */
export function expandSweep(name: string, model = 'flux1-kontext-dev'): readonly SweepEntry[] {
  const sweep = Object.hasOwn(sweeps, name) ? sweeps[name] : undefined
  if (sweep === undefined)
    throw new EditError(
      'invalid_request',
      `${name} is no sweep; known: ${Object.keys(sweeps).join(', ')}`,
      { pointer: '/sweep' },
    )
  return sweep.entries(model)
}

/**
 * What `--engine` and `--sweep` ask for. Named sweeps vary the transformers among the engines, or the paper's
 * if none is named; other engines stay as they are, beside them.
 *
 * @param names of sweeps
 * @throws EditError `invalid_request` for an unknown sweep
 */
export function sweptSpecs(
  engines: readonly string[],
  names: readonly string[],
  choices: readonly Choice[],
): readonly EngineSpec[] {
  if (names.length === 0) return combinations(engines, choices)
  const transformers = engines.filter(
    (name) => modelNames.includes(name as ModelName) && isBackbone(name as ModelName),
  )
  const varied = transformers.length === 0 ? [undefined] : transformers
  const entries = names.flatMap((name) => varied.flatMap((model) => expandSweep(name, model)))
  const specs = [
    ...entries.flatMap(({ engine, settings }) =>
      combinations([engine], choices).map((spec) => ({
        ...spec,
        settings: { ...spec.settings, ...settings },
      })),
    ),
    ...combinations(
      engines.filter((name) => !transformers.includes(name)),
      choices,
    ),
  ]
  return [...new Map(specs.map((spec) => [nameOf(spec), spec])).values()]
}

/** Sweeps by name: the paper's tables, and every switch of the method. */

import { EditError } from '../../shared/errors.ts'
import { isBackbone, type ModelName, modelNames } from '../../shared/models.ts'
import { type Choice, combinations, type EngineSpec, nameOf } from '../engines/spec.ts'
import { peers } from '../peers/registry.ts'
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
 * if none is named; other engines stay as they are, beside them. What is chosen for such a transformer, or
 * for all engines, is for all that a sweep makes of it, but not for the peers that stand beside it.
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
  const swept = names.flatMap((name) =>
    varied.flatMap((model) =>
      expandSweep(name, model).flatMap(({ engine, settings }) =>
        combinations([engine], choicesOf(engine, choices)).map((spec) => ({
          ...spec,
          settings: { ...spec.settings, ...settings },
        })),
      ),
    ),
  )
  const beside = engines.filter((name) => !transformers.includes(name))
  const specs = [...swept, ...combinations(beside, choices)]
  return [...new Map(specs.map((spec) => [nameOf(spec), spec])).values()]
}

/** The choices for an engine of a sweep. */
function choicesOf(engine: string, choices: readonly Choice[]): readonly Choice[] {
  if (Object.hasOwn(peers, engine)) return []
  const model = engine.replace(/^inversion:/, '')
  return choices.map((choice) => (choice.engine === model ? { ...choice, engine } : choice))
}

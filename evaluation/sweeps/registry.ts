/** Sweeps by name: the paper's tables, and every switch of the method. */

import { EditError } from '../../shared/errors.ts'
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

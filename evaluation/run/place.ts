/**
 * Where everything is in the folder of a report:
 *
 *     run.json                          engines, metrics and faults
 *     cases/BENCHMARK/ID.json           what a case asks for
 *     results/ENGINE/BENCHMARK/ID.png   and its .json: what made it, and what was measured
 *     moved/ENGINE/BENCHMARK/ID.png     what the engine found to move, if it had to find it
 *     pictures/                         small ones, for the report
 *     report.html report.json report.csv
 *
 * Names of cases and engines become names of files here, whatever is in them.
 */

import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** A case by the name of its benchmark and its id there. */
export type CaseName = { readonly benchmark: string; readonly id: string }

const MAX_NAME = 80

/** One part of a path. Names that had to be changed end in a digest, so that no two become one. */
export function fileName(name: string): string {
  const plain = name.replace(/[^\w.=-]/g, '_').slice(0, MAX_NAME)
  if (plain === name && !/^\.*$/.test(name)) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${plain.replace(/^\.+/, '')}-${digest}`
}

function casePath({ benchmark, id }: CaseName): string {
  return join(fileName(benchmark), ...id.split('/').map(fileName))
}

/** Paths below the folder of the report, without endings. */
export const caseFile = (one: CaseName): string => join('cases', casePath(one))
export const resultFile = (engine: string, one: CaseName): string =>
  join('results', fileName(engine), casePath(one))
export const casePicture = (one: CaseName): string => join('pictures', 'cases', casePath(one))
/** The mask of what an engine found to move in a case. */
export const movedFile = (engine: string, one: CaseName): string =>
  join('moved', fileName(engine), casePath(one))
/** The same over the photo. */
export const movedPicture = (engine: string, one: CaseName): string =>
  join('pictures', 'moved', fileName(engine), casePath(one))
export const resultPicture = (engine: string, one: CaseName): string =>
  join('pictures', 'results', fileName(engine), casePath(one))

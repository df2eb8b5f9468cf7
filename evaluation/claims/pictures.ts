/**
 * That `instant` makes better pictures than the transformer without trained weights and than what a picture
 * editor has: at the rim of what moved, and in the detail of the place that it left.
 */

import type { EvaluatedEngine } from '../engine.ts'
import { decodePicture } from '../picture.ts'
import { allCases, type KnownTruthOptions, knownTruth } from '../truth/known-truth.ts'
import { truthMetric } from '../truth/truth-metric.ts'
import { atMost, type Claim, median } from './claim.ts'

/** Ours is at most this part of the others'. */
const MARGIN = 0.9
const compared = ['rimError', 'vacatedDetailOff'] as const

/**
 * @param ours `instant`
 * @param others what it is compared with
 */
export async function pictureClaims(
  ours: EvaluatedEngine,
  others: readonly EvaluatedEngine[],
  options: KnownTruthOptions,
  signal: AbortSignal,
): Promise<Claim[]> {
  const metric = truthMetric()
  const medians = new Map<string, Record<string, number>>()
  const cases = await allCases(knownTruth(options))
  for (const engine of [ours, ...others]) {
    const rows: Readonly<Record<string, number>>[] = []
    for (const one of cases) {
      const edited = await engine.edit(one, signal)
      const photo = await decodePicture(one.photo)
      rows.push(await metric.measure({ one, photo, edited, engine }, signal))
    }
    const middle = (column: string) =>
      median(rows.flatMap((row) => (row[column] === undefined ? [] : [row[column]])))
    medians.set(engine.name, Object.fromEntries(compared.map((column) => [column, middle(column)])))
  }
  const of = (engine: EvaluatedEngine, column: string) =>
    medians.get(engine.name)?.[column] as number
  return others.flatMap((other) =>
    compared.map((column) =>
      atMost(
        `${ours.name} is nearer to the truth than ${other.name} (${column})`,
        of(ours, column),
        MARGIN * of(other, column),
      ),
    ),
  )
}

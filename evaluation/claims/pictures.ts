/**
 * That `instant` makes better pictures than the transformer without trained weights and than what a picture
 * editor has: at the rim of what moved, and in the detail of the place that it left.
 */

import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { allCases, type KnownTruthOptions, knownTruth } from '../truth/known-truth.ts'
import { errors } from '../truth/measures.ts'
import { detailOff } from '../truth/truth-metric.ts'
import { atMost, type Claim, median } from './claim.ts'

/** Ours is at most this part of the others'. */
const MARGIN = 0.9

/** What is compared, smaller is better. */
type Errors = { readonly rim: number; readonly detail: number }
const columns: Readonly<Record<keyof Errors, string>> = {
  rim: 'at the rim',
  detail: 'in the detail of the vacated place',
}

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
  const cases = await allCases(knownTruth(options))
  const own = await medianErrors(ours, cases, signal)
  const claims: Claim[] = []
  for (const other of others) {
    const theirs = await medianErrors(other, cases, signal)
    for (const column of ['rim', 'detail'] as const) {
      const says = `${ours.name} is nearer to the truth than ${other.name}, ${columns[column]}`
      claims.push(atMost(says, own[column], MARGIN * theirs[column]))
    }
  }
  return claims
}

async function medianErrors(
  engine: EvaluatedEngine,
  cases: readonly EvaluationCase[],
  signal: AbortSignal,
): Promise<Errors> {
  const each: Errors[] = []
  for (const one of cases) {
    const { picture } = await engine.edit(one, signal)
    const { truth } = one
    if (truth === undefined) throw new Error(`the truth of ${one.id} is not known`)
    each.push({
      rim: errors(picture, truth.picture, truth.parts.rim).meanError,
      detail: detailOff(picture, truth.picture, truth.parts.vacated),
    })
  }
  return {
    rim: median(each.map(({ rim }) => rim)),
    detail: median(each.map(({ detail }) => detail)),
  }
}

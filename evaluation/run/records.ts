/** What is written down of cases, results and runs. All of it is plain JSON. */

import type { Drag, Size } from '../../shared/drag.ts'
import type { EngineSpec } from '../engines/spec.ts'
import type { Metric } from '../metric.ts'
import type { CaseName } from './place.ts'

/** Raised when older records would be misread. */
export const RECORD_VERSION = 1

/** What a case asks for. */
export type CaseRecord = CaseName & {
  readonly category: string | null
  readonly size: Size
  readonly drags: readonly Drag[]
  readonly scored: readonly Drag[]
  readonly mask: 'object' | 'editable' | null
  readonly prompt: string
  /** Of all that an edit or a metric reads of it. */
  readonly digest: string
}

/** A metric of one result: values of its columns, or why there are none. */
export type Measurement =
  | {
      readonly values: Readonly<Record<string, number>>
      readonly milliseconds: number
      /** As the metric says; absent where it says nothing. */
      readonly by?: string
      /** What the case counts in means of this metric; 1 if it is absent. */
      readonly weight?: number
    }
  | { readonly error: string }

/** What one engine made of one case. */
export type ResultRecord = CaseName & {
  readonly engine: string
  /** Digest of the case, the engine's settings and its version. */
  readonly made: string
  /** Digest of the picture; null if the edit failed. */
  readonly picture: string | null
  /** Why the edit failed; null if it did not. */
  readonly error: string | null
  /** Whether there is a picture of what the engine found to move. */
  readonly found: boolean
  readonly timings: Readonly<Record<string, number>>
  /** The whole edit, as seen from outside. */
  readonly milliseconds: number
  readonly record: Readonly<Record<string, unknown>>
  readonly metrics: Readonly<Record<string, Measurement>>
}

/** Name and columns of a metric, and what it measures with. */
export type MetricDescription = Pick<Metric, 'name' | 'columns' | 'by'>

/** An engine of a run. */
export type EngineRecord = EngineSpec & {
  readonly name: string
  /** What it is, for readers who do not know it. */
  readonly about: string
}

/** What metrics used, by metric and by what it was, such as questions to a judge. */
export type Totals = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The sum of two. */
export function added(one: Totals, other: Totals): Totals {
  const sums: Record<string, Record<string, number>> = {}
  for (const [metric, totals] of [...Object.entries(one), ...Object.entries(other)]) {
    const all = sums[metric] ?? {}
    sums[metric] = all
    for (const [name, value] of Object.entries(totals)) all[name] = (all[name] ?? 0) + value
  }
  return sums
}

/** What a report is made from, besides cases and results. */
export type RunRecord = {
  readonly version: typeof RECORD_VERSION
  /** Of the project. */
  readonly release: string
  readonly engines: readonly EngineRecord[]
  readonly metrics: readonly MetricDescription[]
  readonly cases: readonly CaseName[]
  readonly faults: readonly (CaseName & { readonly fault: string })[]
  /** What was given besides engines and benchmarks, in words. */
  readonly options: Readonly<Record<string, string>>
  /** Of all runs that wrote to the folder. */
  readonly totals: Totals
}

/** Whether a metric has measured a result, with what it measures with now. */
export function isMeasured(
  known: Measurement | undefined,
  { by }: Pick<MetricDescription, 'by'>,
): boolean {
  return known !== undefined && 'values' in known && known.by === by
}

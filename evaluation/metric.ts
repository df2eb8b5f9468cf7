/** What is measured of each edited picture. */

import type { EvaluationCase } from './case.ts'
import type { Edited, EvaluatedEngine } from './engine.ts'
import type { Picture } from './picture.ts'

export type Metric = {
  /** Unique; the prefix of its columns. */
  readonly name: string
  /**
   * Which weights or which judge it measures with, where that can be chosen. A value that was measured
   * with others is measured again.
   */
  readonly by?: string
  /** Which way is better, of each of its columns. */
  readonly columns: Readonly<Record<string, 'higher' | 'lower'>>
  /** @returns a value for each column that applies to this case; absent where none does */
  measure(measured: Measured, signal: AbortSignal): Promise<Readonly<Record<string, number>>>
  /** What a case counts in a mean over cases; 1 unless this says otherwise, as where papers average over points. */
  weight?(one: EvaluationCase): number
  /** Totals so far that are no measure of pictures, such as what a judge cost. */
  totals?(): Readonly<Record<string, number>>
  close(): Promise<void>
}

export type Measured = {
  readonly one: EvaluationCase
  readonly photo: Picture
  readonly edited: Edited
  /** For metrics that edit again, as drag-back does. */
  readonly engine: EvaluatedEngine
}

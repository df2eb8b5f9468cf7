/** Whatever turns a case into a picture: ours, a peer, or a folder of results made elsewhere. */

import type { Mask } from '../shared/mask.ts'
import type { EvaluationCase } from './case.ts'
import type { Picture } from './picture.ts'

export type EvaluatedEngine = {
  /** As in the report; with its settings, if a sweep sets some. */
  readonly name: string
  /** @throws Error if this case fails, which the report records; the signal's reason when aborted */
  edit(one: EvaluationCase, signal: AbortSignal): Promise<Edited>
  close(): Promise<void>
}

export type Edited = {
  /** The size of the photo. */
  readonly picture: Picture
  /** Milliseconds of each stage; empty for results made elsewhere. */
  readonly timings: Readonly<Record<string, number>>
  /** What decided the picture: settings, seed, the mask that was found, engine. */
  readonly record: Readonly<Record<string, unknown>>
  /** What the engine moved, where it found that itself. */
  readonly moved?: Mask
}

/** One edit to evaluate, of whichever benchmark. Knows nothing of engines or metrics. */

import type { Drag, Size } from '../shared/drag.ts'
import type { Mask } from '../shared/mask.ts'
import type { Picture } from './picture.ts'

export type EvaluationCase = {
  /** Unique in its benchmark, and a path without `..`: `animals/JH_2023-09-14-1820-16`. */
  readonly id: string
  /** The group that the benchmark puts it in, such as `animals`; null if it has none. */
  readonly category: string | null
  /** The photo's file, as published. */
  readonly photo: Uint8Array
  /** Of the photo as displayed, pixels. */
  readonly size: Size
  /** What the engine is asked for: pixels of the photo. */
  readonly drags: readonly Drag[]
  /** The points that are scored, where a benchmark edits with others; otherwise `drags`. */
  readonly scored: readonly Drag[]
  /** The size of the photo; null if the benchmark has no mask. */
  readonly mask: CaseMask | null
  /** Describes the photo; empty if the benchmark has none. */
  readonly prompt: string
  /** PNG of what changes with the thing, of an `edit.json`. */
  readonly affects?: Uint8Array
  /** Further settings of an `edit.json`. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly truth?: Truth
}

/** `object`: the thing that moves. `editable`: a loose region that may change. */
export type CaseMask = { readonly kind: 'object' | 'editable'; readonly mask: Mask }

/** What a perfect engine answers, and the parts of the picture that are scored apart. */
export type Truth = {
  readonly picture: Picture
  /** Flat indices of pixels. */
  readonly parts: Readonly<Record<'rim' | 'inside' | 'vacated' | 'outside', Uint32Array>>
}

/** Where cases come from: a folder in a published layout, or the project's own scenes. */
export type Benchmark = {
  /** As in the report. */
  readonly name: string
  /** Cases whose files are missing or odd are faults, not errors: the others still run. */
  read(): AsyncIterable<EvaluationCase | CaseFault>
}

/** A case that cannot be read, and why, in one sentence. */
export type CaseFault = { readonly id: string; readonly fault: string }

export const isFault = (one: EvaluationCase | CaseFault): one is CaseFault => 'fault' in one

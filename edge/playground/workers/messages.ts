/** Messages between the page and its workers. */

import type { Drag } from '../../../shared/drag.ts'
import type { FieldOptions } from '../../../shared/geometry/fields/part-fields.ts'
import type { InstantEdit } from '../../../shared/instant/instant.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import type { Hints } from '../../../shared/segmentation/seeds.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'

export type ToSegmenter =
  | { readonly type: 'open'; readonly pixels: Pixels }
  | { readonly type: 'segment'; readonly id: number; readonly hints: Hints }
  /** Completes a mask. White on `others` is what cannot belong to its thing. */
  | {
      readonly type: 'complete'
      readonly id: number
      readonly mask: Mask
      readonly others: Mask
    }

/** The mask; null if the one to complete has left nothing. */
export type FromSegmenter = { readonly id: number; readonly mask: Mask | null }

export type ToPreview =
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas }
  | { readonly type: 'open'; readonly pixels: Pixels; readonly grid: TokenGrid }
  | { readonly type: 'mask'; readonly mask: Mask | null }
  /** Drags in pixels of the shown copy. */
  | {
      readonly type: 'draw'
      readonly frame: number
      readonly drags: readonly Drag[]
      readonly field: FieldOptions
    }
  /** Shown instead of the preview until the next one is drawn. */
  | { readonly type: 'picture'; readonly picture: Uint8ClampedArray<ArrayBuffer> }

export type FromPreview = {
  readonly frame: number
  /** Time in the worker, from the message to the drawn frame. */
  readonly milliseconds: number
  /** Why there is no preview: the error that the edit would get. */
  readonly problem: string | null
}

/** An edit of the shown copy. */
export type ToInstant = { readonly pixels: Pixels; readonly edit: InstantEdit }

/** RGBA; null for drags that do not fit the mask. */
export type FromInstant = { readonly picture: Uint8ClampedArray<ArrayBuffer> | null }

/** What the page and its workers say to each other. */

import type { Drag } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import type { Hints } from '../../../shared/segmentation/seeds.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'

export type ToSegmenter =
  | { readonly type: 'open'; readonly pixels: Pixels }
  | { readonly type: 'segment'; readonly id: number; readonly hints: Hints }

export type FromSegmenter = { readonly id: number; readonly mask: Mask }

export type ToPreview =
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas }
  | { readonly type: 'open'; readonly pixels: Pixels; readonly grid: TokenGrid }
  | { readonly type: 'mask'; readonly mask: Mask | null }
  /** Drags in pixels of the picture that is shown. */
  | {
      readonly type: 'draw'
      readonly frame: number
      readonly drags: readonly Drag[]
      readonly power: number
    }

export type FromPreview = {
  readonly frame: number
  /** In the worker, from the message to the picture. */
  readonly milliseconds: number
  /** Why there is no preview: what the edit itself would be refused for. */
  readonly refusal: string | null
}

/** One sentence on what to do next, on what is still missing, or on what an edit warns of. */

import { type BackboneName, backbones, gridOf } from '../../../shared/backbones.ts'
import { isPin, type Size } from '../../../shared/drag.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import { areAllShort, nothingMoves } from '../../../shared/geometry/warnings.ts'
import type { Draft } from '../edit/draft.ts'
import type { Tool } from '../stage/tools.ts'

/** What to do next. */
export function guideOf(tool: Tool, { things, drags }: Draft): string {
  if (things.length === 0)
    return tool === 'pin'
      ? 'Click what should stay where it is.'
      : 'Click the thing that should move.'
  if (tool === 'add') return 'Brush over missing parts of the thing.'
  if (tool === 'remove') return 'Brush over parts that do not belong to the thing.'
  if (tool === 'box') return 'Draw a box closely around the thing.'
  if (tool === 'lasso') return 'Draw a line around the thing.'
  if (tool === 'pin') return 'Click what should stay where it is.'
  if (drags.length === 0)
    return 'Now drag it to where it should be. If the outline is wrong, correct it with Box, Add or Remove.'
  return 'Add drags, move the dots, pin what should stay, or run the edit.'
}

/**
 * Why the edit cannot be run yet; null if it can.
 *
 * @param size of the photo
 * @param finding whether an outline is still being found
 */
export function missingOf(
  { things, drags, options }: Draft,
  size: Size,
  finding: boolean,
): string | null {
  const { width, height } = size
  const { maxAspect, title } = backbones[options.model as BackboneName]
  if (Math.max(width, height) > maxAspect * Math.min(width, height))
    return `The photo is too long and narrow for ${title}: choose another model under Advanced.`
  if (things.length === 0) return 'First click the thing that should move.'
  if (finding) return 'Wait: the outline is still being found.'
  if (drags.every(isPin)) return 'Now drag the thing to where it should be.'
  const { grid } = gridOf(options.model as BackboneName, size)
  if (areAllShort(size, grid, drags))
    return `Drag it further: the smallest drag that moves anything is ${nothingMoves(size, grid, drags).pixels} pixels of the photo.`
  return null
}

/** One sentence on a warning. Drags are counted from 1. */
export function warningText({ code, message, drag = 0, share = 0 }: Warning): string {
  const part = `${Math.round(100 * share)} %`
  switch (code) {
    case 'thin_mask':
      return `Drag ${drag + 1}: only ${part} of the thing moves, because its outline is too thin for this model. Brush it wider.`
    case 'mask_stays':
      return `Only ${part} of what you marked moves. The rest has no drag, and stays.`
    case 'leaves_image':
      return `Drag ${drag + 1}: ${part} of the thing leaves the picture, and is deleted.`
    case 'mask_not_refined':
      return 'The outline was not refined, because no worker here has SAM.'
    case 'nothing_moves':
      return message
  }
}

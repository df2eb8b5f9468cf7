/** Warnings of an edit in the page's words. */

import type { Warning } from '../../../shared/edit/warning.ts'

/** One sentence on a warning. Drags are counted from 1. */
export function warningText({ code, message, drag = 0, share = 0 }: Warning): string {
  const part = `${Math.round(100 * share)} %`
  switch (code) {
    case 'thin_mask':
      return `Drag ${drag + 1}: only ${part} of the thing moves, because its outline is too thin for this model. Brush it wider.`
    case 'mask_stays':
      return `Only ${part} of what you marked moves. The rest has no drag, so it stays.`
    case 'leaves_image':
      return `Drag ${drag + 1}: ${part} of the thing leaves the picture and is deleted.`
    case 'mask_not_final':
      return 'The outline is found when the edit is applied, and may differ from what you see.'
    case 'thing_not_found':
      return `Drag ${drag + 1}: no thing was found there, so whatever is around the red dot moves. Select a thing first.`
    case 'thing_bends':
      return `Drag ${drag + 1}: this bends and does not move. Select the whole thing first to move it.`
    case 'drag_shortened':
      return `Drag ${drag + 1}: it goes only ${part} of the way, because what stays is too close.`
    case 'mask_not_refined':
      return 'The outline was not refined, because no worker here has SAM.'
    case 'nothing_moves':
      return message
  }
}

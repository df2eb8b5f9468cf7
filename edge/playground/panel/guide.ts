/** One sentence on what to do next. */

import type { Draft } from '../edit/draft.ts'
import type { Tool } from '../stage/tools.ts'

/** What to do next. */
export function guideOf(tool: Tool, { things, drags }: Draft): string {
  if (things.length === 0)
    return tool === 'pin'
      ? 'Click what should stay where it is.'
      : 'Click the thing that should move.'
  if (tool === 'add') return 'Click on a missing part of the thing, or brush over it.'
  if (tool === 'remove')
    return 'Click on a part that does not belong to the thing, or brush over it.'
  if (tool === 'box') return 'Draw a box closely around the thing.'
  if (tool === 'lasso') return 'Draw a line around the thing.'
  if (tool === 'pin') return 'Click what should stay where it is.'
  if (drags.length === 0)
    return 'Now drag it to where it should be. If the outline is wrong, correct it with Box, Add or Remove.'
  return tool === 'drag'
    ? 'Drag points of the thing to bend or stretch it, or apply the edit.'
    : 'Drag it further, move the dots, pin what should stay, or apply the edit.'
}

/**
 * The photographs that the start page offers. Their edits, with drags that are ready to apply, come from
 * samples/photos; the build puts them beside the page.
 */

import type { Drag } from '../../../../shared/drag.ts'

export type Photograph = {
  /** Its folder in samples/photos. */
  readonly name: string
  readonly title: string
  /** What its drags do. */
  readonly does: string
  /** Its author, as in samples/photos/LICENSE.md. */
  readonly by: string
}

export const photographs: readonly Photograph[] = [
  { name: 'rocket', title: 'Rocket', does: 'lift it off', by: 'SpaceX' },
  { name: 'fig', title: 'Fig', does: 'move it with its shadow', by: 'Trevor "Freespace"' },
  { name: 'spruce', title: 'Spruce', does: 'plant it elsewhere', by: 'Aitzol Berasategi' },
  { name: 'pagoda', title: 'Pagoda', does: 'make it taller', by: 'danielbuechele' },
  { name: 'dandelion', title: 'Dandelions', does: 'move two at once', by: 'Clemens Engelhardt' },
  { name: 'dahlia', title: 'Dahlia', does: 'move it aside', by: 'vultilion' },
]

/** What the start page shows before and after: a photograph whose folder has a result.jpg. */
export const shown = {
  name: 'fig',
  width: 1000,
  height: 677,
  drag: { handle: { x: 580, y: 370 }, target: { x: 660, y: 435 } } satisfies Drag,
}

/** Decides which levels of a mask's picture are white, also in masks of tools that paint darker. */

import { EditError } from '../errors.ts'
import type { Mask } from '../mask.ts'

const WHITE = 128
/** Below this, values are rather the numbers of classes than shades. */
const DARKEST_BRUSH = 32
/** Part of the pixels that a brush with soft borders leaves black or paints in full. */
const PLAIN = 0.95

/**
 * Turns levels into 0 and 1 in place. From 128 on, a level is white. If none is, there has to be one
 * value beside black: of masks with 0 and 1, a red or grey brush, one colour of a palette. A brush may
 * have soft borders; half of its own level is white there.
 *
 * @throws EditError `mask_empty` if it is not clear which values mark pixels
 */
export function markWhite({ data }: Pick<Mask, 'data'>): void {
  const threshold = thresholdOf(data)
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) >= threshold ? 1 : 0
}

function thresholdOf(data: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const level of data) counts[level] = (counts[level] as number) + 1
  const levels = Array.from(counts.keys()).filter((level) => level > 0 && counts[level] !== 0)
  const highest = levels.at(-1) ?? 0
  if (highest === 0 || highest >= WHITE) return WHITE
  const black = counts[0] as number
  const plain = (black + (counts[highest] as number)) / data.length
  const soft = highest >= DARKEST_BRUSH && plain >= PLAIN
  if (black > 0 && (levels.length === 1 || soft)) return Math.floor(highest / 2) + 1
  throw new EditError(
    'mask_empty',
    `no pixel of the mask is brighter than 127, and it is not clear which of its levels (${seen(levels, black)}) mark pixels; paint marked pixels white and all others black`,
    { pointer: '/mask' },
  )
}

function seen(levels: readonly number[], black: number): string {
  const all = black > 0 ? [0, ...levels] : levels
  return all.length <= 6 ? all.join(', ') : `${all.length} from ${all[0]} to ${all.at(-1)}`
}

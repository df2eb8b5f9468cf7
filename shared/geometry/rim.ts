/**
 * The rim of what moves: tokens that the mask only touches. They stay, and the reference shows a sliver
 * of the thing there.
 */

import type { TokenGrid } from '../token-grid.ts'
import { dilated } from './dilated.ts'

/** What becomes of the keys of the rim: seen as any other, or hidden from the target. */
export const rimKeys = ['keep', 'clear'] as const
export type RimKeys = (typeof rimKeys)[number]

/**
 * Flags the tokens that the mask covers by less than half, at most `reach` tokens from what moves, and
 * not beside a part of the mask that stays: that has a rim of its own.
 *
 * @param inSource M_SRC
 * @param coverage per token; `fullCoverage` if the token is covered completely
 */
export function rimTokens(
  grid: TokenGrid,
  inSource: Uint8Array,
  coverage: Int32Array,
  fullCoverage: number,
  reach: number,
): Uint8Array {
  const size = { width: grid.cols, height: grid.rows }
  const near = dilated(inSource, size, reach)
  const half = (token: number) => 2 * coverage[token]! >= fullCoverage
  const stays = inSource.map((moves, token) => (moves === 0 && half(token) ? 1 : 0))
  const besideStays = dilated(stays, size, 1)
  return inSource.map((moves, token) => {
    const touched = coverage[token]! > 0 && !half(token)
    return moves === 0 && touched && near[token] === 1 && besideStays[token] === 0 ? 1 : 0
  })
}

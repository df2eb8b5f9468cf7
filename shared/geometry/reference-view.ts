/**
 * Which reference tokens target queries attend to, and at which positions (PRE and OAM; paper, Eq. 6
 * to 9).
 */

import type { TokenGrid } from '../token-grid.ts'
import type { Correspondence } from './correspondence.ts'
import { dilated } from './dilated.ts'

/** What of a correspondence a view depends on. */
type Landing = Pick<Correspondence, 'source' | 'residual'>

/** Pairs of a reference token and the position of its key, both as flat indices. */
export type ReferenceView = {
  readonly tokens: readonly number[]
  readonly positions: readonly number[]
}

/**
 * `gather` is Eq. 6 read as a gather: position `q` gets key and value of token `q + W(q)`. `scatter`
 * follows the paper literally: the key of `p` moves to one `q`, which is only right for pure moves.
 */
export type ViewKind = 'gather' | 'scatter'

/** Positional re-encoding (PRE) and overlap-aware mask (OAM), to switch off in ablations. */
export type ViewSwitches = { readonly pre: boolean; readonly oam: boolean }

/**
 * Whether the target sees, at the place that a thing left, what was there. `paper`: as the views have
 * it, which is in double-stream blocks, and in single-stream blocks only without PRE, or with `scatter`
 * where nothing takes the token away.
 */
export const vacatedKeys = ['paper', 'drop', 'keep'] as const
export type VacatedKeys = (typeof vacatedKeys)[number]

/** A view with the keys of vacated tokens at their own positions as `keys` says. */
export function withVacated(
  view: ReferenceView,
  vacated: Uint8Array,
  keys: VacatedKeys,
): ReferenceView {
  if (keys === 'paper') return view
  return keys === 'drop' ? without(view, vacated) : including(view, vacated)
}

/** A view without the keys of some tokens at their own positions. */
export function without(view: ReferenceView, hidden: Uint8Array): ReferenceView {
  const kept = view.tokens.map((token, i) => hidden[token] === 0 || view.positions[i] !== token)
  const those = (values: readonly number[]) => values.filter((_, i) => kept[i])
  return { tokens: those(view.tokens), positions: those(view.positions) }
}

/** A view with the keys of some tokens also at their own positions. */
function including(view: ReferenceView, shown: Uint8Array): ReferenceView {
  const inPlace = new Set(view.tokens.filter((token, i) => view.positions[i] === token))
  const missing = Array.from(shown, (flag, token) => (flag === 1 ? token : -1)).filter(
    (token) => token !== -1 && !inPlace.has(token),
  )
  return {
    tokens: [...view.tokens, ...missing],
    positions: [...view.positions, ...missing],
  }
}

/** What becomes of the keys of the rim: seen as any other, or hidden from the target. */
export const rimKeys = ['keep', 'clear'] as const
export type RimKeys = (typeof rimKeys)[number]

/**
 * Flags the rim of what moves: tokens that the mask covers by less than half, at most `reach` tokens
 * from what moves. They stay, and the reference shows a sliver of the thing there. Those beside a part
 * of the mask that stays are that part's.
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

/** Which blocks re-encode positions (PRE): single-stream blocks, as in the paper, or all. */
export const preBlocks = ['single', 'all'] as const
export type PreBlocks = (typeof preBlocks)[number]

/** The view of the single-stream blocks. */
export function referenceView(
  kind: ViewKind,
  inSource: Uint8Array,
  map: Landing,
  switches: ViewSwitches,
): ReferenceView {
  return kind === 'scatter' && switches.pre
    ? scatterView(inSource, map, switches.oam)
    : gatherView(inSource, map.source, switches)
}

/** The tokens that double-stream blocks see, at their own positions: with OAM, without PRE. */
export function doubleView(inSource: Uint8Array, map: Landing, oam: boolean): ReferenceView {
  return gatherView(inSource, map.source, { pre: false, oam })
}

function gatherView(
  inSource: Uint8Array,
  source: Int32Array,
  { pre, oam }: ViewSwitches,
): ReferenceView {
  const tokens: number[] = []
  const positions: number[] = []
  const see = (token: number, position: number) => {
    tokens.push(token)
    positions.push(position)
  }
  for (let r = 0; r < source.length; r++) {
    const from = source[r]!
    const landed = from !== -1
    const vacated = !landed && inSource[r] === 1
    const covered = landed && inSource[r] === 0
    if (pre && landed) see(from, r)
    // Depending on PRE and OAM, the token at its own position is hidden if it left or something
    // landed on it.
    const stays = pre ? !vacated && (!landed || (covered && !oam)) : !(covered && oam)
    if (stays) see(r, r)
  }
  return { tokens, positions }
}

function scatterView(inSource: Uint8Array, map: Landing, oam: boolean): ReferenceView {
  const { source, residual } = map
  const smallest = new Float64Array(source.length).fill(Number.POSITIVE_INFINITY)
  for (let q = 0; q < source.length; q++) {
    const p = source[q]!
    if (p !== -1) smallest[p] = Math.min(smallest[p]!, residual[q]!)
  }
  const targetOf = new Int32Array(source.length).fill(-1)
  for (let q = 0; q < source.length; q++) {
    const p = source[q]!
    if (p === -1 || targetOf[p] !== -1) continue
    if (residual[q]! <= smallest[p]! + 1e-12) targetOf[p] = q
  }
  const tokens: number[] = []
  const positions: number[] = []
  for (let p = 0; p < source.length; p++) {
    if (oam && source[p] !== -1 && inSource[p] === 0) continue
    tokens.push(p)
    positions.push(targetOf[p] === -1 ? p : targetOf[p]!)
  }
  return { tokens, positions }
}

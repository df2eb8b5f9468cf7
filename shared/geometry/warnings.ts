/** What may surprise in a plan: nothing moves, a mask is too thin for its tokens, a thing leaves the image. */

import { type Drag, isPin, type Size } from '../drag.ts'
import type { Warning } from '../edit/warning.ts'
import { EditError } from '../errors.ts'
import { forEachNeighbour, type TokenGrid, tokenIndexAt } from '../token-grid.ts'
import type { Correspondence } from './correspondence.ts'
import { labelComponents, type SourceMask, type ThingTokens } from './source-mask.ts'

/** The inputs of a plan that its warnings are about. */
export type Planned = {
  readonly image: Size
  readonly grid: TokenGrid
  readonly drags: readonly Drag[]
  /** Mask pixels per token, in the integers of `tokenCoverage`. */
  readonly coverage: Int32Array
  readonly source: SourceMask
  readonly map: Correspondence
  /** For scope `thing`; otherwise null. */
  readonly things: ThingTokens | null
}

/** The warnings of a plan. */
export function planWarnings(planned: Planned): Warning[] {
  const { image, grid, drags, coverage, map, things } = planned
  const piece =
    things === null ? piecesOf(coverage, grid) : Int32Array.from(things.most, (n) => n || -1)
  const shares = sharesOf(coverage, planned.source, piece)
  const thin = thinMasks(planned, piece, shares)
  return [
    ...(isIdentity(map) ? [nothingMoves(image, grid, drags)] : []),
    ...thin,
    ...(thin.length === 0 ? staying(planned, piece, shares) : []),
    ...leavingParts(planned),
  ]
}

/**
 * For an edit: a plan that moves nothing is an error.
 *
 * @throws EditError `nothing_moves`
 */
export function checkMoves(warnings: readonly Warning[]): void {
  const still = warnings.find(({ code }) => code === 'nothing_moves')
  if (still !== undefined)
    throw new EditError('nothing_moves', still.message, { pointer: '/drags' })
}

/**
 * Whether no drag is longer than half a token in either direction. A displacement is a mean of the
 * drags, so that then nothing moves, whatever the mask is.
 */
function areAllShort(image: Size, grid: TokenGrid, drags: readonly Drag[]): boolean {
  const { x, y } = longest(drags)
  return (x * grid.cols) / image.width <= 0.5 && (y * grid.rows) / image.height <= 0.5
}

/** The warning of drags that are all too short to move a token. */
export function shortDrags(image: Size, grid: TokenGrid, drags: readonly Drag[]): Warning[] {
  return areAllShort(image, grid, drags) ? [nothingMoves(image, grid, drags)] : []
}

/** The warning of a plan in which every token keeps its place. */
export function nothingMoves(image: Size, grid: TokenGrid, drags: readonly Drag[]): Warning {
  const across = shortest(image.width / grid.cols)
  const down = shortest(image.height / grid.rows)
  const { x, y } = longest(drags)
  const why = areAllShort(image, grid, drags)
    ? `no drag is longer than half a token (here at most ${x.toFixed(1)} pixels across and ${y.toFixed(1)} down)`
    : 'the drags and pins cancel each other out'
  return {
    code: 'nothing_moves',
    message: `nothing moves, because ${why}; the smallest drag that moves is ${across} pixels across or ${down} pixels down`,
    pixels: Math.min(across, down),
  }
}

/** The least tenth of a pixel that is more than half a token. */
function shortest(token: number): number {
  return (Math.floor(5 * token + 1e-6) + 1) / 10
}

function longest(drags: readonly Drag[]) {
  const most = (length: (drag: Drag) => number) => Math.max(...drags.map(length))
  return {
    x: most(({ handle, target }) => Math.abs(target.x - handle.x)),
    y: most(({ handle, target }) => Math.abs(target.y - handle.y)),
  }
}

function isIdentity({ source }: Correspondence): boolean {
  return source.every((from, q) => from === -1 || from === q)
}

/** A warning for each piece of the mask that holds a moving handle and moves by less than half. */
function thinMasks(
  { image, grid, drags }: Planned,
  piece: Int32Array,
  shares: ReadonlyMap<number, Share>,
): Warning[] {
  const warned = new Set<number>()
  return drags.flatMap((drag, i) => {
    if (isPin(drag)) return []
    const at = pieceAt(tokenIndexAt(drag.handle, image, grid), piece, grid)
    if (at === -1 || warned.has(at)) return []
    warned.add(at)
    const own = shares.get(at) ?? { whole: 0, moved: 0, moving: 0 }
    const { moving } = own
    const share = partOf(own)
    if (share >= 0.5) return []
    const pixels = `${(image.width / grid.cols).toFixed(0)}x${(image.height / grid.rows).toFixed(0)}`
    const message = `thin mask: only ${percent(share)} of the mask at drags[${i}].handle moves (${moving} of its tokens of ${pixels} pixels), because the rest covers less than half of its tokens or is not connected to the handle; make the mask wider`
    return [{ code: 'thin_mask', message, drag: i, share: rounded(share) } as const]
  })
}

/** Warns if more than half of the mask is without a moving drag. */
function staying(
  { drags, image, grid }: Planned,
  piece: Int32Array,
  shares: ReadonlyMap<number, Share>,
): Warning[] {
  const pinned = new Set(
    drags.filter(isPin).map(({ handle }) => piece[tokenIndexAt(handle, image, grid)]),
  )
  const free = [...shares].flatMap(([number, share]) => (pinned.has(number) ? [] : [share]))
  const sum = (of: (share: Share) => number) => free.reduce((total, share) => total + of(share), 0)
  const share = partOf({
    whole: sum(({ whole }) => whole),
    moved: sum(({ moved }) => moved),
    moving: sum(({ moving }) => moving),
  })
  if (share >= 0.5) return []
  const message = `only ${percent(share)} of the mask moves: the other parts have no moving drag, so they stay`
  return [{ code: 'mask_stays', message, share: rounded(share) }]
}

/** Mask pixels in some tokens, those of them that move, and in how many tokens these are. */
type Share = { whole: number; moved: number; moving: number }

/** The part of the mask that moves, by area. */
function partOf({ whole, moved }: Share): number {
  return whole === 0 ? 1 : moved / whole
}

/** How much of each piece moves, by its number, also of -1. */
function sharesOf(
  coverage: Int32Array,
  { label }: SourceMask,
  piece: Int32Array,
): Map<number, Share> {
  const shares = new Map<number, Share>()
  // Neighbouring tokens are mostly of the same piece.
  let last = -2
  let share: Share = { whole: 0, moved: 0, moving: 0 }
  for (let token = 0; token < coverage.length; token++) {
    const covered = coverage[token]!
    if (covered === 0) continue
    const number = piece[token]!
    if (number !== last) {
      share = shares.get(number) ?? { whole: 0, moved: 0, moving: 0 }
      shares.set(number, share)
      last = number
    }
    share.whole += covered
    if (label[token] === -1) continue
    share.moved += covered
    share.moving++
  }
  return shares
}

/** Numbers of the 8-connected pieces of tokens that the mask touches at all; -1 elsewhere. */
function piecesOf(coverage: Int32Array, grid: TokenGrid): Int32Array {
  const touched = new Uint8Array(coverage.length)
  for (let i = 0; i < touched.length; i++) if (coverage[i] !== 0) touched[i] = 1
  return labelComponents(touched, grid)
}

/** The piece at a handle, which may be beside it; -1 if there is none. */
function pieceAt(token: number, piece: Int32Array, grid: TokenGrid): number {
  let at = piece[token] as number
  forEachNeighbour(token, grid, (next) => {
    if (at === -1) at = piece[next] as number
  })
  return at
}

/** A warning for each part of which tokens leave the image. */
function leavingParts({ source, drags, map }: Planned): Warning[] {
  return source.parts.flatMap(({ tokens, drags: own }, label) => {
    const count = map.leaving[label] as number
    if (count === 0) return []
    const drag = own.find((i) => !isPin(drags[i] as Drag)) as number
    const share = count / tokens.length
    const message = `${percent(share)} of what drags[${drag}] moves leaves the image (${count} of ${tokens.length} tokens), and is deleted`
    return [{ code: 'leaves_image', message, drag, share: rounded(share) } as const]
  })
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(100 * share)} %`
}

function rounded(share: number): number {
  return Math.round(1e4 * share) / 1e4
}

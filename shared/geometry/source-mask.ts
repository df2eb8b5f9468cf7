/**
 * M_SRC: which tokens move, and with which drags (spec: source mask, components, pins). Knows nothing
 * of their targets.
 */

import { type Drag, isPin, type Point, type Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { findPixel, type Mask, maskOfThing, thingNumbers, tokenCoverage } from '../mask.ts'
import {
  forEachNeighbour,
  type TokenGrid,
  tokenCount,
  tokenIndexAt,
  toTokenPoint,
} from '../token-grid.ts'

/** What moves with its own drags: connected parts of the mask, its things, or all of it at once. */
export const scopes = ['component', 'thing', 'global'] as const
export type Scope = (typeof scopes)[number]

/** Tokens that move as one, and the drags that move them. */
export type MaskPart = {
  /** The number of the thing in its mask; absent for a part of a mask that does not tell things apart. */
  readonly thing?: number
  /** Flat token indices, ascending. */
  readonly tokens: readonly number[]
  /** Indices of the request's drags, ascending and including pins. */
  readonly drags: readonly number[]
}

/** The things of a mask on a grid. Numbers are those of the mask, 0 is none. */
export type ThingTokens = {
  /** By token, the thing that covers most of it; of several, the one with the smallest number. */
  readonly most: Uint8Array
  /** The thing at a point of the image. */
  readonly at: (point: Point, image: Size) => number
}

/** M_SRC: `label[token]` is the index of the token's part, or -1. */
export type SourceMask = { readonly label: Int32Array; readonly parts: readonly MaskPart[] }

/**
 * M_SRC: the tokens that the mask covers by at least half, and those of moving handles. Parts without
 * a moving drag are left out.
 *
 * @param coverage per token; `fullCoverage` if the token is covered completely
 * @param scope `component`: each 8-connected component moves with its own drags. `thing`: each thing
 * of the mask does, also where it touches another. `global`: everything moves as one part with all
 * drags, as in the paper.
 * @param things of the mask, for scope `thing`; null if it does not tell them apart, which is `component`
 * @throws EditError `handle_outside_mask`, `nothing_moves`
 */
export function sourceMask(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  coverage: Int32Array,
  fullCoverage: number,
  scope: Scope,
  things: ThingTokens | null,
): SourceMask {
  checkSomethingMoves(drags)
  checkHandles(image, grid, drags, coverage, fullCoverage)
  const inMask = new Uint8Array(coverage.length)
  for (let i = 0; i < coverage.length; i++) if (2 * coverage[i]! >= fullCoverage) inMask[i] = 1
  const handleIndex = drags.map((drag) => tokenIndexAt(drag.handle, image, grid))
  drags.forEach((drag, i) => {
    if (!isPin(drag)) inMask[handleIndex[i]!] = 1
  })

  if (scope === 'global') {
    const label = new Int32Array(inMask.length)
    for (let i = 0; i < label.length; i++) label[i] = inMask[i]! - 1
    return { label, parts: [{ tokens: indicesWhere(label, 0), drags: drags.map((_, i) => i) }] }
  }
  if (scope === 'thing' && things !== null)
    return movingThings(image, grid, drags, handleIndex, inMask, things)
  return movingComponents(image, grid, drags, handleIndex, inMask)
}

/** @throws EditError `nothing_moves` if all drags are pins */
export function checkSomethingMoves(drags: readonly Drag[]): void {
  if (!drags.every(isPin)) return
  throw new EditError(
    'nothing_moves',
    `the target of every drag (${drags.length}) equals its handle; move at least one target`,
    { pointer: '/drags' },
  )
}

/**
 * Checks that the mask touches the token of every moving handle, or covers half of one beside it.
 *
 * @param coverage, fullCoverage as for {@link sourceMask}
 * @throws EditError `handle_outside_mask`
 */
export function checkHandles(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  coverage: Int32Array,
  fullCoverage: number,
): void {
  drags.forEach((drag, i) => {
    const token = tokenIndexAt(drag.handle, image, grid)
    if (isPin(drag) || coverage[token]! > 0) return
    let beside = false
    forEachNeighbour(token, grid, (index) => {
      beside ||= 2 * coverage[index]! >= fullCoverage
    })
    if (beside) return
    const { x, y } = drag.handle
    throw new EditError(
      'handle_outside_mask',
      `drags[${i}].handle (${x}, ${y}) is neither on the mask nor next to it`,
      { pointer: `/drags/${i}/handle` },
    )
  })
}

/** The 8-connected components with a moving drag. */
function movingComponents(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  handleIndex: readonly number[],
  inMask: Uint8Array,
): SourceMask {
  const component = labelComponents(inMask, grid)
  const own = handleIndex.map((index) => component[index]!)
  return movingParts(image, grid, drags, component, own)
}

/**
 * The things with a moving drag. A drag belongs to the thing at its handle, or else to the one that
 * covers most of its token or of one beside it. A token belongs to the thing that covers most of it, or
 * to that of the first moving handle in it.
 */
function movingThings(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  handleIndex: readonly number[],
  inMask: Uint8Array,
  { most, at }: ThingTokens,
): SourceMask {
  const thing = Int32Array.from(most, (number, token) => (inMask[token] === 1 ? number : -1))
  const own = drags.map(({ handle }, i) => {
    const token = handleIndex[i]!
    let number = at(handle, image) || most[token]!
    forEachNeighbour(token, grid, (next) => {
      if (number === 0) number = most[next]!
    })
    return number === 0 ? -1 : number
  })
  const taken = new Set<number>()
  drags.forEach((drag, i) => {
    const token = handleIndex[i]!
    if (isPin(drag) || taken.has(token)) return
    taken.add(token)
    thing[token] = own[i]!
  })
  const { label, parts } = movingParts(image, grid, drags, thing, own)
  const numbered = parts.map((part) => ({ ...part, thing: thing[part.tokens[0]!]! }))
  return { label, parts: numbered }
}

/**
 * The parts with a moving drag.
 *
 * @param component number of each token's part, -1 outside the mask
 * @param own the same for each drag, -1 for a pin outside every part
 */
function movingParts(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  component: Int32Array,
  own: readonly number[],
): SourceMask {
  const moving = new Set<number>()
  drags.forEach((drag, i) => {
    if (!isPin(drag)) moving.add(own[i]!)
  })
  const owner = drags.map((drag, i) =>
    own[i]! >= 0 ? own[i]! : nearestComponent(drag, image, grid, component, moving),
  )

  const numbers = [...moving].sort((a, b) => a - b)
  const parts = numbers
    .map((number) => ({
      tokens: indicesWhere(component, number),
      drags: drags.flatMap((_, i) => (owner[i] === number ? [i] : [])),
    }))
    // A thing whose only token holds the handle of another has none.
    .filter(({ tokens }) => tokens.length > 0)
  const label = new Int32Array(tokenCount(grid)).fill(-1)
  parts.forEach((part, number) => {
    for (const token of part.tokens) label[token] = number
  })
  return { label, parts }
}

/**
 * Numbers of 8-connected components, in the order of their smallest flat index; -1 outside the mask. Joins
 * runs of tokens, or of pixels, with those that they touch in the row above: there are far fewer.
 */
export function labelComponents(inMask: Uint8Array, { cols }: TokenGrid): Int32Array {
  const starts: number[] = []
  const ends: number[] = []
  /** An earlier run of the same component, or the run itself. */
  const earlier: number[] = []
  const firstOf = (run: number): number => {
    let first = run
    while (earlier[first] !== first) first = earlier[first]!
    earlier[run] = first
    return first
  }
  let rowEnd = 0
  // The runs of the row above that are still to be compared, and the first run of this row.
  let above = 0
  let own = 0
  let zero = 0
  for (let from = findPixel(inMask, 1, 0); from < inMask.length; ) {
    if (from >= rowEnd) {
      const next = from - (from % cols)
      above = next === rowEnd ? own : starts.length
      own = starts.length
      rowEnd = next + cols
    }
    if (zero <= from) zero = findPixel(inMask, 0, from)
    const to = Math.min(zero, rowEnd)
    const run = starts.length
    starts.push(from)
    ends.push(to)
    earlier.push(run)
    while (above < own && ends[above]! < from - cols) above++
    for (let k = above; k < own && starts[k]! <= to - cols; k++) {
      const [one, other] = [firstOf(k), firstOf(run)]
      earlier[Math.max(one, other)] = Math.min(one, other)
    }
    from = to < zero ? to : findPixel(inMask, 1, to)
  }
  const label = new Int32Array(inMask.length).fill(-1)
  const numbers = new Int32Array(starts.length)
  let count = 0
  for (let run = 0; run < starts.length; run++) {
    const first = firstOf(run)
    numbers[run] = first === run ? count++ : numbers[first]!
    label.fill(numbers[run]!, starts[run], ends[run])
  }
  return label
}

/**
 * The moving component with the token centre nearest to a pin; on a tie the one with the smallest
 * flat index.
 */
function nearestComponent(
  pin: Drag,
  image: Size,
  grid: TokenGrid,
  component: Int32Array,
  moving: ReadonlySet<number>,
): number {
  const { u, v } = toTokenPoint(pin.handle, image, grid)
  let best = -1
  let bestSquared = Number.POSITIVE_INFINITY
  for (let index = 0; index < component.length; index++) {
    const number = component[index]!
    if (number < 0 || !moving.has(number)) continue
    const row = Math.floor(index / grid.cols)
    const col = index - row * grid.cols
    const squared = (u - col) ** 2 + (v - row) ** 2
    if (squared < bestSquared) {
      bestSquared = squared
      best = number
    }
  }
  return best
}

function indicesWhere(label: Int32Array, value: number): number[] {
  const found: number[] = []
  for (let i = 0; i < label.length; i++) if (label[i] === value) found.push(i)
  return found
}

/** Null for a mask that does not tell its things apart. */
export function thingTokens(mask: Mask, grid: TokenGrid): ThingTokens | null {
  const { width, height, things } = mask
  if (things === undefined) return null
  const most = new Uint8Array(grid.rows * grid.cols)
  const covered = new Int32Array(most.length)
  for (const number of thingNumbers(mask)) {
    const coverage = tokenCoverage(maskOfThing(mask, number), grid)
    for (let token = 0; token < most.length; token++) {
      if (coverage[token]! <= covered[token]!) continue
      covered[token] = coverage[token]!
      most[token] = number
    }
  }
  return {
    most,
    at: ({ x, y }, image) => {
      const col = Math.min(width - 1, Math.floor((x * width) / image.width))
      const row = Math.min(height - 1, Math.floor((y * height) / image.height))
      return things[row * width + col]!
    },
  }
}

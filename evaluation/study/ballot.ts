/**
 * What a participant of a study is asked, in which order and on which side, and what is written down. Runs
 * in the page and in Node.
 */

import type { Drag, Size } from '../../shared/drag.ts'

export const questions = ['prompt following', 'concept preservation', 'overall'] as const
export type Question = (typeof questions)[number]

/** What is compared: two results of one case. */
export type Pair = {
  readonly id: string
  /** Paths of pictures beside the page; a photo may be missing. */
  readonly photo: string | null
  readonly a: string
  readonly b: string
  /** To be drawn on the photo, which has this size; null if nobody knows them. */
  readonly asked: { readonly drags: readonly Drag[]; readonly size: Size } | null
}

export type Study = {
  /** A digest of its pairs: votes of another study have another one. */
  readonly id: string
  /** The names of what is compared; the page does not show them. */
  readonly a: string
  readonly b: string
  readonly pairs: readonly Pair[]
}

export type Winner = 'a' | 'b' | 'tie'
export type Side = 'left' | 'right'

export type Vote = {
  readonly pair: string
  readonly question: Question
  readonly winner: Winner
  /** Where `a` was. */
  readonly a: Side
}

/** What a participant exports. */
export type Votes = {
  readonly version: 1
  readonly study: { readonly id: string; readonly a: string; readonly b: string }
  readonly participant: string
  readonly pairs: number
  readonly votes: readonly Vote[]
}

/** One pair as a participant sees it. */
export type Seen = { readonly pair: Pair; readonly a: Side }

/** All pairs in an order of the participant's own, with `a` on a side by chance: always the same ones. */
export function orderFor({ id, pairs }: Study, participant: string): Seen[] {
  const random = generator(`${id}\n${participant}`)
  const order = pairs.map((pair) => ({ pair, rank: random() }))
  order.sort((one, other) => one.rank - other.rank)
  return order.map(({ pair }) => ({ pair, a: random() < 0.5 ? 'left' : 'right' }))
}

/** Who has won, if a side is preferred. */
export function winnerOf(preferred: Side | 'tie', a: Side): Winner {
  if (preferred === 'tie') return 'tie'
  return preferred === a ? 'a' : 'b'
}

/** Numbers from 0 to 1: FNV-1a of a text as the seed of mulberry32. */
function generator(text: string): () => number {
  let state = 0x811c9dc5
  for (const character of text)
    state = Math.imul(state ^ (character.codePointAt(0) as number), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

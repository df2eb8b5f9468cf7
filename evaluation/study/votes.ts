/** Reads what participants have exported, and counts it. */

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { EditError } from '../../shared/errors.ts'
import { type Question, questions, type Votes } from './ballot.ts'

const VotesSchema = z.object({
  version: z.literal(1),
  study: z.object({ id: z.string(), a: z.string(), b: z.string() }),
  participant: z.string(),
  pairs: z.number().int(),
  votes: z.array(
    z.object({
      pair: z.string(),
      question: z.enum(questions),
      winner: z.enum(['a', 'b', 'tie']),
      a: z.enum(['left', 'right']),
    }),
  ),
})

/** A share with its interval. */
export type Share = { readonly share: number; readonly from: number; readonly to: number }

/** Of one question, from the side of `a`. */
export type Count = {
  readonly question: Question
  readonly votes: number
  readonly win: Share
  readonly lose: Share
  readonly tie: Share
}

export type Tally = {
  readonly a: string
  readonly b: string
  readonly participants: number
  readonly counts: readonly Count[]
  /** Of the votes that prefer a side, those for the left one: far from a half, sides have decided. */
  readonly left: Share
}

/**
 * Counts the votes of one study. What a participant has exported twice counts once, as in the last file.
 *
 * @throws EditError `invalid_request` for files that are no votes or of different studies, or without any
 */
export async function readTally(files: readonly string[]): Promise<Tally> {
  const all: Votes[] = []
  for (const file of files) all.push(await readVotes(file))
  const [first] = all
  if (first === undefined) throw new EditError('invalid_request', 'name the files with the votes')
  const other = all.findIndex(({ study }) => study.id !== first.study.id)
  if (other !== -1)
    throw new EditError(
      'invalid_request',
      `${files[other]} has votes of another study than ${files[0]}`,
    )
  const { a, b } = first.study
  const votes = new Map<string, Votes['votes'][number]>()
  for (const one of all)
    for (const vote of one.votes)
      votes.set(JSON.stringify([one.participant, vote.pair, vote.question]), vote)
  if (votes.size === 0) throw new EditError('invalid_request', 'nobody has voted')
  const given = [...votes.values()]
  const sided = given.filter(({ winner }) => winner !== 'tie')
  return {
    a,
    b,
    participants: new Set(all.map(({ participant }) => participant)).size,
    counts: questions.map((question) =>
      countOf(
        question,
        given.filter((vote) => vote.question === question),
      ),
    ),
    left: shareOf(
      sided.filter((vote) => (vote.winner === 'a') === (vote.a === 'left')).length,
      sided.length,
    ),
  }
}

function countOf(question: Question, votes: Votes['votes']): Count {
  const of = (wanted: string) =>
    shareOf(votes.filter(({ winner }) => winner === wanted).length, votes.length)
  return { question, votes: votes.length, win: of('a'), lose: of('b'), tie: of('tie') }
}

/**
 * A share with Wilson's score interval at 95 % (Wilson, JASA 1927), which takes votes as independent of
 * each other. Of nothing, everything is possible.
 */
export function shareOf(count: number, total: number): Share {
  if (total === 0) return { share: Number.NaN, from: 0, to: 1 }
  const z = 1.959964
  const share = count / total
  const middle = share + z ** 2 / (2 * total)
  const half = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2))
  const whole = 1 + z ** 2 / total
  return {
    share,
    from: Math.max(0, (middle - half) / whole),
    to: Math.min(1, (middle + half) / whole),
  }
}

async function readVotes(file: string): Promise<Votes> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new EditError('invalid_request', `${file} cannot be read: ${error.message}`)
  })
  try {
    return VotesSchema.parse(JSON.parse(text))
  } catch {
    throw new EditError('invalid_request', `${file} has no votes of a study`)
  }
}

/** Lines for people, percentages as in Table III. */
export function shownTally({ a, b, participants, counts, left }: Tally): string {
  const percent = ({ share, from, to }: Share) =>
    `${(100 * share).toFixed(1)} % (${(100 * from).toFixed(1)} to ${(100 * to).toFixed(1)})`
  return [
    `${a} against ${b}, ${participants} ${participants === 1 ? 'participant' : 'participants'}; intervals of 95 %`,
    ...counts.map(
      ({ question, votes, win, lose, tie }) =>
        `${question}: win ${percent(win)}, lose ${percent(lose)}, tie ${percent(tie)}, of ${votes}`,
    ),
    `the left one was preferred in ${percent(left)} of the votes that prefer one`,
  ].join('\n')
}

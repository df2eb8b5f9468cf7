/** Counts of a study, and their intervals. */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { orderFor, type Study, type Vote, winnerOf } from '../../../evaluation/study/ballot.ts'
import { readTally, shareOf, shownTally } from '../../../evaluation/study/votes.ts'

const folder = await mkdtemp(join(tmpdir(), 'contextdrag-votes-'))
let number = 0

async function file(content: unknown): Promise<string> {
  const path = join(folder, `${number++}.json`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function votes(participant: string, given: readonly Vote[], id = 'one') {
  const study = { id, a: 'ours', b: 'theirs' }
  return file({ version: 1, study, participant, pairs: 9, votes: given })
}

const vote = (pair: string, winner: Vote['winner'], a: Vote['a'] = 'left'): Vote => ({
  pair,
  question: 'overall',
  winner,
  a,
})

test('Wilson’s interval is as published', () => {
  // Newcombe, Statistics in Medicine 17 (1998), Table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  const published = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const
  for (const [count, total, from, to] of published) {
    const interval = shareOf(count, total)
    expect(interval.share).toBe(count / total)
    expect(interval.from).toBeCloseTo(from, 4)
    expect(interval.to).toBeCloseTo(to, 4)
  }
  expect(shareOf(0, 0)).toEqual({ share: Number.NaN, from: 0, to: 1 })
})

test('votes are counted by question, and once for each participant and pair', async () => {
  const first = await votes('x', [vote('1', 'a'), vote('2', 'b'), vote('3', 'tie')])
  const again = await votes('x', [vote('1', 'a'), vote('2', 'a', 'right'), vote('3', 'tie')])
  const other = await votes('y', [vote('1', 'b', 'right')])
  const tally = await readTally([first, again, other])
  expect(tally).toMatchObject({ a: 'ours', b: 'theirs', participants: 2 })
  const overall = tally.counts.find(({ question }) => question === 'overall')
  expect(overall?.votes).toBe(4)
  expect([overall?.win.share, overall?.lose.share, overall?.tie.share]).toEqual([0.5, 0.25, 0.25])
  // Preferred: a on the left, a on the right, b on the left.
  expect(tally.left.share).toBeCloseTo(2 / 3, 12)
  expect(tally.counts.find(({ question }) => question !== 'overall')?.votes).toBe(0)
  expect(shownTally(tally)).toContain('overall: win 50.0 % (15.0 to 85.0), lose 25.0 %')
})

test('other files, other studies and no votes are rejected, each with its reason', async () => {
  const good = await votes('x', [vote('1', 'a')])
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[await file('{')], /has no votes of a study/],
    [[await file({ version: 2 })], /has no votes of a study/],
    [[join(folder, 'missing.json')], /cannot be read/],
    [[good, await votes('x', [vote('1', 'a')], 'two')], /of another study/],
    [[await votes('x', [])], /nobody has voted/],
    [[], /name the files/],
  ]
  for (const [files, message] of cases) await expect(readTally(files)).rejects.toThrow(message)
})

test('a participant gets all pairs in an order and on sides of their own, the same every time', () => {
  const pairs = Array.from({ length: 400 }, (_, i) => ({
    id: String(i),
    photo: null,
    a: 'a',
    b: 'b',
    asked: null,
  }))
  const study: Study = { id: 's', a: 'ours', b: 'theirs', pairs }
  const ids = (participant: string) => orderFor(study, participant).map(({ pair }) => pair.id)
  const sides = (participant: string) => orderFor(study, participant).map(({ a }) => a)
  expect(ids('x')).toEqual(ids('x'))
  expect(ids('x')).not.toEqual(ids('y'))
  expect([...ids('x')].sort()).toEqual(pairs.map(({ id }) => id).sort())
  expect(sides('x')).not.toEqual(sides('y'))
  const left = sides('x').filter((side) => side === 'left').length
  // Three deviations of a fair coin.
  expect(Math.abs(left - 200)).toBeLessThan(30)
  const winners = (['left', 'right', 'tie'] as const).map((side) => winnerOf(side, 'right'))
  expect(winners).toEqual(['b', 'a', 'tie'])
})

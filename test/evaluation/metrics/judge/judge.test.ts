import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeptAnswers } from '../../../../evaluation/metrics/judge/answers.ts'
import { conceptAndPrompt } from '../../../../evaluation/metrics/judge/concept-and-prompt.ts'
import { dragMap, shown, withTargets } from '../../../../evaluation/metrics/judge/drag-map.ts'
import { ChatEndpoint } from '../../../../evaluation/metrics/judge/endpoint.ts'
import { gscore } from '../../../../evaluation/metrics/judge/gscore.ts'
import { Judge, scoreIn } from '../../../../evaluation/metrics/judge/judge.ts'
import { caseOf, dragged, drawn, measured, never } from '../../drawn.ts'
import {
  type Asked,
  bytesOf,
  type ChatDouble,
  chatDouble,
  picturesIn,
  type Reply,
  wordsIn,
} from './chat-double.ts'

const size = { width: 64, height: 48 }
const photo = drawn(size, (x) => 2 * x)
const result = drawn(size, (_, y) => 3 * y)
const one = caseOf(size, [dragged([10, 10], [40, 20])], { prompt: 'a grey ramp' })
let answers = ''
let double: ChatDouble

beforeEach(async () => {
  answers = await mkdtemp(join(tmpdir(), 'contextdrag-answers-'))
})
afterEach(() => double.close())

async function open(reply: (asked: Asked, i: number) => Reply, model = 'judge-1') {
  double = await chatDouble(reply)
  const { url, key } = double
  return () =>
    new Judge(new ChatEndpoint({ url, model, key }), new KeptAnswers(answers), {
      input: 2,
      output: 10,
    })
}
/** Sums the task up, then scores the two tasks. */
const scoring = (cp: Reply, pf: Reply) => (asked: Asked) => {
  if (picturesIn(asked).length === 0) return 'I look, then I score.'
  return wordsIn(asked).includes('concept preservation') ? cp : pf
}

test('CP and PF: the task first, then the pictures; from 0 to 4 to 0 to 1', async () => {
  const judge = await open(scoring('Fine.\nScore: 3', 'Score: 2'))
  const metric = conceptAndPrompt(judge(), 0)
  const columns = await metric.measure(measured(one, photo, result), never)
  expect(columns).toEqual({ cp: 0.75, pf: 0.5, 'cp-pf': 0.375 })

  const [conceptPlan, concept, promptPlan, prompt] = double.asked
  expect(double.asked).toHaveLength(4)
  for (const plan of [conceptPlan, promptPlan]) expect(plan?.messages).toHaveLength(1)
  for (const [plan, second] of [
    [conceptPlan, concept],
    [promptPlan, prompt],
  ] as const) {
    expect(second?.messages[0]).toEqual(plan?.messages[0])
    expect(second?.messages[1]).toEqual({ role: 'assistant', content: 'I look, then I score.' })
  }
  const pictures = (asked: Asked | undefined) => (asked ? picturesIn(asked).map(bytesOf) : [])
  const map = await dragMap(photo, one.scored)
  expect(pictures(concept)).toEqual([await shown(photo), map, await shown(result)])
  expect(pictures(prompt)).toEqual([await shown(photo), map, await withTargets(result, one.scored)])
  expect(prompt && wordsIn(prompt)).toContain('The text: a grey ramp')
})

test('an answer is paid for once', async () => {
  const judge = await open(scoring('Score: 4', 'Score: 4'))
  const first = conceptAndPrompt(judge(), 0)
  await first.measure(measured(one, photo, result), never)
  // Four questions of 1000 tokens at 2 a million, with answers of 50 at 10.
  expect(first.totals?.()).toEqual({
    asked: 4,
    kept: 0,
    'input-tokens': 4000,
    'output-tokens': 200,
    cost: (4000 * 2 + 200 * 10) / 1e6,
    unreadable: 0,
  })
  const second = conceptAndPrompt(judge(), 0)
  const columns = await second.measure(measured(one, photo, result), never)
  expect(columns).toEqual({ cp: 1, pf: 1, 'cp-pf': 1 })
  expect(second.totals?.()).toMatchObject({ asked: 0, kept: 4, cost: 0 })
  expect(double.asked).toHaveLength(4)
  expect(await readdir(answers)).toHaveLength(4)
  // Another picture is another question; the task has been summed up.
  await second.measure(measured(one, photo, photo), never)
  expect(double.asked).toHaveLength(6)
})

test.each([
  ['no score', 'I cannot help with that.', 'Score: 1', /about CP has no score/],
  ['a score that is cut off', 'Score: 1', { cut: 'Score: 4' }, /about PF has no score/],
] as const)('%s is an error, counted, and asked again the next time', async (_, cp, pf, why) => {
  let mended = false
  const judge = await open((asked) =>
    scoring(mended ? 'Score: 4' : cp, mended ? 'Score: 4' : pf)(asked),
  )
  const metric = conceptAndPrompt(judge(), null)
  await expect(metric.measure(measured(one, photo, result), never)).rejects.toThrow(why)
  expect(metric.totals?.()).toMatchObject({ asked: 4, unreadable: 1 })
  // Two summaries, and the score that could be read.
  expect(await readdir(answers)).toHaveLength(3)
  mended = true
  const next = conceptAndPrompt(judge(), null)
  const columns = await next.measure(measured(one, photo, result), never)
  expect([columns.cp, columns.pf].sort()).toEqual([0.25, 1])
  expect(next.totals?.()).toMatchObject({ asked: 1, kept: 3, unreadable: 0 })
})

test.each(['', ' \n', { cut: 'I look, then' }])(
  'a summary of the task that is %j is an error, and not kept',
  async (summary) => {
    let mended = false
    const judge = await open((asked) =>
      picturesIn(asked).length === 0 && !mended ? summary : scoring('Score: 3', 'Score: 2')(asked),
    )
    const metric = conceptAndPrompt(judge(), 0)
    const measure = () => metric.measure(measured(one, photo, result), never)
    await expect(measure()).rejects.toThrow('summary of its task is empty or cut off')
    expect(metric.totals?.()).toMatchObject({ asked: 1, unreadable: 1 })
    mended = true
    expect(await measure()).toMatchObject({ cp: 0.75, pf: 0.5 })
  },
)

test('an answer that cannot be read, kept by an earlier release, is asked again', async () => {
  const judge = await open(scoring('Score: 3', 'Score: 2'))
  await conceptAndPrompt(judge(), 0).measure(measured(one, photo, result), never)
  const empty = { text: '', cut: false, inputTokens: 1, outputTokens: 0 }
  for (const file of await readdir(answers))
    await writeFile(join(answers, file), JSON.stringify(empty))
  const next = conceptAndPrompt(judge(), 0)
  expect(await next.measure(measured(one, photo, result), never)).toMatchObject({ cp: 0.75 })
  expect(next.totals?.()).toMatchObject({ asked: 4, kept: 0 })
})

test('GScore is the mean of ten ratings; those that cannot be read are asked again', async () => {
  const ratings = ['7', '8.5', '6', '7', '8', '7', '9', '11', 'no', '7.5', '6.5', '9.5']
  const judge = await open((_, i) => `Natural enough.\n**Score:** ${ratings[i]}/10`)
  const metric = gscore(judge())
  const measure = () => metric.measure(measured(one, photo, result), never)
  await expect(measure()).rejects.toThrow('2 of the judge’s 10 answers have no rating')
  expect(metric.totals?.()).toMatchObject({ asked: 10, unreadable: 2 })
  const { rating } = await measure()
  expect(rating).toBeCloseTo((7 + 8.5 + 6 + 7 + 8 + 7 + 9 + 6.5 + 9.5 + 7.5) / 10, 9)
  expect(metric.totals?.()).toMatchObject({ asked: 12, kept: 8, unreadable: 2 })
  expect(double.asked.map(({ temperature }) => temperature)).toEqual(Array(12).fill(0.4))
})

test.each([
  ['Score: 3', 3],
  ['**[Score]** Concept Preservation (CP): 2.', 2],
  ['The score might be 1 at first.\nScore: 4/4', 4],
  ['Score (0-4): 3', 3],
  ['On a score from 0 to 4 this is hard.\nScore: 0', 0],
  ['Score: 3.5', undefined],
  ['Score: 5', undefined],
  ['Score: -1', undefined],
  ['Score: 2-3', undefined],
  ['4', undefined],
  ['Score: N/4', undefined],
  ['Score: three out of 4', undefined],
  ['Score: 3 out of 4', 3],
  ['Underscore: 3', undefined],
  ['', undefined],
])('the score in %j is %s', (text, score) => {
  expect(scoreIn(text, { from: 0, to: 4, whole: true })).toBe(score)
})

import { beforeEach, expect, test } from 'vitest'
import { ContextDragError } from '../../../../client/errors.ts'
import { Questions } from '../../../../edge/playground/edit/questions.ts'

const busy = (seconds?: number) =>
  new ContextDragError(
    { type: 'about:blank', title: '', detail: '', status: 503, code: 'model_unavailable' },
    seconds,
  )

/** What the API says, one after the other; then it answers. */
let says: Error[]
let asked: number[]
let open: number
let questions: Questions
const ask = (name: number) =>
  questions.ask(async () => {
    expect(++open).toBe(1)
    asked.push(name)
    await new Promise((resolve) => setTimeout(resolve, 5))
    open--
    const error = says.shift()
    if (error !== undefined) throw error
    return `answer ${name}`
  })
beforeEach(() => {
  says = []
  asked = []
  open = 0
  questions = new Questions(2000)
})

test('a question is asked when the one before it is answered', async () => {
  expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual(['answer 1', 'answer 2', 'answer 3'])
  expect(asked).toEqual([1, 2, 3])
})

test('a question is asked again while the worker is busy, before the next', async () => {
  says = [busy(0.01), busy(0.01)]
  await Promise.all([ask(1), ask(2)])
  expect(asked).toEqual([1, 1, 1, 2])
})

test.each([
  ['nobody can answer soon', busy(3600)],
  ['the API does not say when it can answer', busy()],
  ['it cannot be reached', new TypeError('fetch failed')],
])('it is not asked again if %s; the next one is asked', async (_, error) => {
  says = [error]
  const [first, second] = await Promise.allSettled([ask(1), ask(2)])
  expect([first, second]).toEqual([
    { status: 'rejected', reason: error },
    { status: 'fulfilled', value: 'answer 2' },
  ])
  expect(asked).toEqual([1, 2])
})

test('it is given up after its time', async () => {
  questions = new Questions(20)
  const never = questions.ask(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  await expect(never).rejects.toMatchObject({ name: 'TimeoutError' })
})

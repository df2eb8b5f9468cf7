/** Streams that end with the right to read them. */

import { expect, test } from 'vitest'
import { whileAllowed } from '../../../edge/http/bounded-stream.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** A stream that says one thing and never ends by itself. */
function endless() {
  let canceled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes('hello')),
    cancel: () => {
      canceled = true
    },
  })
  return { stream, wasCanceled: () => canceled }
}

test('a stream ends once it is no longer allowed, and its source is told', async () => {
  const { stream, wasCanceled } = endless()
  const answers = [true, true, false]
  const text = await new Response(
    whileAllowed(stream, async () => answers.shift() ?? false, 5),
  ).text()
  expect(text).toBe('hello')
  expect(answers).toEqual([])
  expect(wasCanceled()).toBe(true)
})

test('a check that fails is no answer', async () => {
  const { stream } = endless()
  let checks = 0
  const text = await new Response(
    whileAllowed(
      stream,
      async () => {
        if (++checks < 3) throw new Error('not reachable')
        return false
      },
      5,
    ),
  ).text()
  expect([text, checks]).toEqual(['hello', 3])
})

test('a stream that ends by itself, breaks off or is left is not checked any more', async () => {
  let checks = 0
  const count = async () => ++checks > 0
  const ended = whileAllowed(new Response('all').body as ReadableStream<Uint8Array>, count, 5)
  expect(await new Response(ended).text()).toBe('all')
  const broken = new ReadableStream<Uint8Array>({
    pull: () => Promise.reject(new Error('it broke')),
  })
  await expect(new Response(whileAllowed(broken, count, 5)).text()).rejects.toThrow('it broke')
  const { stream, wasCanceled } = endless()
  const left = whileAllowed(stream, count, 5).getReader()
  await left.read()
  await left.cancel()
  for (let i = 0; i < 200 && !wasCanceled(); i++) await new Promise((done) => setTimeout(done, 5))
  const before = checks
  await new Promise((done) => setTimeout(done, 50))
  expect(checks).toBe(before)
})

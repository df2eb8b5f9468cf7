/** Bodies that come together hold no more than the budget, and slow ones make room for others. */

import { Hono } from 'hono'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { holdBody } from '../../../../edge/http/bodies/bytes.ts'
import type { App } from '../../../../edge/http/context.ts'
import { answerProblem } from '../../../../edge/http/problem.ts'
import { budgetsOf } from '../../../../edge/memory/budgets.ts'
import { Account, bindings, call, json, settings } from '../../app.ts'
import { editBody, FakeWorker } from '../../fake-worker.ts'

const { bodies, small } = budgetsOf(settings())
const SIZE = 9_900_000
/** The connection takes the first pieces of a body although nobody reads it. */
const SENT_AHEAD = 3_400_000

describe('twelve forms of 9.9 MB, sent together', () => {
  let account: Account
  beforeAll(async () => {
    account = await Account.open()
  })
  afterEach(() => vi.unstubAllGlobals())

  /** A form with a file that is no photo, a megabyte at a time, and how much of it was asked for. */
  function form(count: (bytes: number) => void): ReadableStream<Uint8Array> {
    const head =
      '--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\ncontent-type: image/png\r\n\r\n'
    const pieces = [
      new TextEncoder().encode(head),
      ...Array.from({ length: 9 }, () => new Uint8Array(1_100_000).fill(7)),
      new TextEncoder().encode('\r\n--b--\r\n'),
    ]
    return new ReadableStream(
      {
        pull: (controller) => {
          const piece = pieces.shift()
          if (piece === undefined) return controller.close()
          count(piece.length)
          controller.enqueue(piece)
        },
      },
      { highWaterMark: 0 },
    )
  }

  test('are read a few at a time, and all are answered', { timeout: 120_000 }, async () => {
    new FakeWorker()
    const sent = new Map<number, number>()
    let most = 0
    let mostHeld = 0
    const send = async (_: unknown, i: number) => {
      const body = form((bytes) => {
        sent.set(i, (sent.get(i) ?? 0) + bytes)
        const open = [...sent.values()].filter((count) => count > SENT_AHEAD && count < SIZE)
        most = Math.max(most, open.length)
        mostHeld = Math.max(mostHeld, bodies.held)
      })
      const answer = await call('/v1/edits', {
        method: 'POST',
        body,
        headers: { ...account.headers, 'content-type': 'multipart/form-data; boundary=b' },
      })
      return [answer.status, (await json(answer)).code]
    }
    const answers = await Promise.all(Array.from({ length: 12 }, send))
    expect(answers).toEqual(Array(12).fill([422, 'no_drags']))
    expect(sent.size).toBe(12)
    // Without Content-Length a form may have 10 MB: two of one account fit into two thirds of 30 MB.
    expect(mostHeld).toBe(20_000_000)
    expect(most).toBe(2)
    expect([bodies.held, small.held]).toEqual([0, 0])
  })

  test('the memory of a request is free again, whether it is accepted or rejected', async () => {
    new FakeWorker()
    const accepted = await account.post('/v1/edits', await editBody())
    expect([accepted.status, bodies.held, small.held]).toEqual([202, 0, 0])
    for (const [type, body] of [
      ['application/json', `{"prompt":"${'x'.repeat(600_000)}"}`],
      ['application/json', `{${' '.repeat(200_000)}`],
      ['application/json', `{"image":"data:,a","mask":"data:,${'a'.repeat(200_000)}","drags":[]}`],
      ['multipart/form-data; boundary=b', `--b\r\n${'x'.repeat(200_000)}`],
    ] as const) {
      const headers = { ...account.headers, 'content-type': type }
      const answer = await call('/v1/edits', { method: 'POST', body, headers })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect([type, bodies.held, small.held]).toEqual([type, 0, 0])
    }
  })
})

describe('a body of which 100 kB a second do not come', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const app = new Hono<App>()
  app.use(async (c, next) => {
    c.set('settings', settings())
    await next()
  })
  app.post('/', async (c) => {
    const held = await holdBody(c, 20_000_000)
    const { length } = held.bytes
    held.release()
    return c.text(String(length))
  })
  app.onError(answerProblem)

  /** Sends bytes when told to. */
  function sender() {
    let stream: ReadableStreamDefaultController<Uint8Array> | null = null
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller
      },
    })
    const answer = app.request('/', { method: 'POST', body }, bindings)
    return {
      answer,
      send: (bytes: number) => stream?.enqueue(new Uint8Array(bytes)),
      end: () => stream?.close(),
    }
  }
  /** Seconds pass, and in each so many bytes come. */
  async function pass(seconds: number, { send }: { send: (bytes: number) => void }, bytes: number) {
    for (let second = 0; second < seconds; second++) {
      send(bytes)
      await vi.advanceTimersByTimeAsync(1000)
    }
  }

  test('is read to its end while nobody waits', async () => {
    const slow = sender()
    await pass(60, slow, 10)
    slow.end()
    expect(await (await slow.answer).text()).toBe('600')
    expect(bodies.held).toBe(0)
  })

  test('gives its memory to one that waits', async () => {
    const slow = sender()
    await pass(60, slow, 99_000)
    expect(bodies.held).toBe(20_000_000)
    const other = bodies.take('other', 20_000_000)
    await pass(1, slow, 99_000)
    await vi.advanceTimersByTimeAsync(100)
    const answer = await slow.answer
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: expect.stringContaining('less than 100000 bytes') },
    ])
    await vi.advanceTimersByTimeAsync(100)
    ;(await other).release()
  })

  test('but comes as fast as that, and one that has only begun, are read', async () => {
    const fast = sender()
    await pass(60, fast, 101_000)
    const other = bodies.take('other', 20_000_000)
    await pass(2, fast, 101_000)
    fast.end()
    expect((await fast.answer).status).toBe(200)
    await vi.advanceTimersByTimeAsync(100)
    const share = await other
    const begun = sender()
    await vi.advanceTimersByTimeAsync(4000)
    share.release()
    await vi.advanceTimersByTimeAsync(100)
    const third = bodies.take('third', 20_000_000)
    await vi.advanceTimersByTimeAsync(4000)
    begun.end()
    expect((await begun.answer).status).toBe(200)
    await vi.advanceTimersByTimeAsync(100)
    ;(await third).release()
  })

  test('that finds no memory is not read, and rejected with Retry-After', async () => {
    const share = await bodies.take('other', 20_000_000)
    const late = sender()
    await vi.advanceTimersByTimeAsync(1000 * settings().MEMORY_WAIT_SECONDS + 100)
    const answer = await late.answer
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.json()).toMatchObject({ code: 'overloaded' })
    share.release()
    expect(bodies.held).toBe(0)
  })
})

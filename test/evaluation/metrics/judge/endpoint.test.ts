import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ChatEndpoint, retryAfter } from '../../../../evaluation/metrics/judge/endpoint.ts'
import { never } from '../../drawn.ts'
import { type ChatDouble, chatDouble, type Reply } from './chat-double.ts'

const question = { messages: [{ role: 'user' as const, content: 'hello' }], temperature: 0 }
let double: ChatDouble | null = null
afterEach(async () => {
  await double?.close()
  double = null
})

/** An endpoint whose waits are only written down. */
async function open(reply: (i: number) => Reply, key?: string) {
  double = await chatDouble((_, i) => reply(i))
  const { url, asked } = double
  const waits: number[] = []
  const endpoint = new ChatEndpoint(
    { url, model: 'judge-1', key: key ?? double.key },
    async (ms) => {
      waits.push(ms)
    },
  )
  return { endpoint, waits, asked }
}
const busy: Reply = { status: 429, message: 'slow down' }

test('asks as the reference says, and reads the answer and its tokens', async () => {
  const { endpoint, asked } = await open(() => 'Score: 3')
  expect(await endpoint.ask(question, never)).toEqual({
    text: 'Score: 3',
    cut: false,
    inputTokens: 1000,
    outputTokens: 50,
  })
  expect(asked).toEqual([{ model: 'judge-1', messages: question.messages, temperature: 0 }])
  await endpoint.ask({ ...question, temperature: null }, never)
  expect(asked[1]).not.toHaveProperty('temperature')
})

test('says that an answer was cut off', async () => {
  const { endpoint } = await open(() => ({ cut: 'The score' }))
  expect((await endpoint.ask(question, never)).cut).toBe(true)
})

test('waits longer each time, and tries again, while the host is busy', async () => {
  const { endpoint, waits, asked } = await open((i) => (i < 3 ? busy : 'yes'))
  expect((await endpoint.ask(question, never)).text).toBe('yes')
  expect(asked).toHaveLength(4)
  expect(waits).toHaveLength(3)
  waits.forEach((wait, i) => {
    expect(wait).toBeGreaterThanOrEqual(1000 * 2 ** i)
    expect(wait).toBeLessThanOrEqual(2000 * 2 ** i)
  })
})

test('waits as long as the host says', async () => {
  const limited: Reply = { status: 503, message: 'later', retryAfter: '7' }
  const { endpoint, waits } = await open((i) => (i === 0 ? limited : 'yes'))
  await endpoint.ask(question, never)
  expect(waits).toEqual([7000])
})

test('reads Retry-After as seconds or a date', () => {
  const now = Date.parse('2026-11-29T10:00:00Z')
  expect(retryAfter('1.5', now)).toBe(1500)
  expect(retryAfter('Sun, 29 Nov 2026 10:00:30 GMT', now)).toBe(30_000)
  expect(retryAfter('Sun, 29 Nov 2026 09:00:00 GMT', now)).toBe(0)
  expect(retryAfter(null, now)).toBeNull()
  expect(retryAfter('soon', now)).toBeNull()
})

test('gives up after six attempts, with the words of the host', async () => {
  const { endpoint, asked } = await open(() => busy)
  await expect(endpoint.ask(question, never)).rejects.toThrow(/429 slow down \(attempt 6\)/)
  expect(asked).toHaveLength(6)
})

test.each([
  ['another key', { status: 200, message: '' }, 'wrong', /401 wrong key \(attempt 1\)/],
  ['a wrong model', { status: 404, message: 'no such model' }, undefined, /404 no such model/],
  [
    'an account without money',
    { status: 429, message: 'You exceeded your current plan', code: 'insufficient_quota' },
    undefined,
    /429 You exceeded .* \(attempt 1\)/,
  ],
  [
    'a wait of an hour',
    { status: 429, message: 'tomorrow', retryAfter: '3600' },
    undefined,
    /429 tomorrow \(attempt 1\)/,
  ],
] as const)('does not try again for %s', async (_, fault, key, message) => {
  const { endpoint, waits } = await open(() => fault, key)
  await expect(endpoint.ask(question, never)).rejects.toThrow(message)
  expect(waits).toEqual([])
})

test('tries again where nobody listens', async () => {
  const { endpoint, waits } = await open(() => 'yes')
  await double?.close()
  await expect(endpoint.ask(question, never)).rejects.toThrow(/ECONNREFUSED.*\(attempt 6\)/)
  expect(waits).toHaveLength(5)
})

test.each([200, 500])(
  'a body without end is cut at 1 MB, and not tried again, with %i',
  async (status) => {
    let sent = 0
    const closed = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(status, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(100_000, ' ')
      const more = () => {
        while (!response.destroyed) {
          sent += chunk.length
          if (!response.write(chunk)) return
        }
      }
      response.on('drain', more)
      response.on('close', closed.resolve)
      more()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const waits: number[] = []
    const endpoint = new ChatEndpoint(
      { url: `http://127.0.0.1:${port}/v1`, model: 'judge-1' },
      async (ms) => waits.push(ms),
    )
    await expect(endpoint.ask(question, never)).rejects.toThrow(
      /the response is longer than 1 MB \(attempt 1\)/,
    )
    await closed.promise
    expect(waits).toEqual([])
    // What the sockets hold comes on top.
    expect(sent).toBeLessThan(50_000_000)
    server.close()
  },
)

test.each(['localhost:8999/v1', 'file:///v1', 'api.openai.com/v1'])(
  'an address such as %s is rejected before anything is asked',
  (url) => {
    const open = () => new ChatEndpoint({ url, model: 'judge-1' })
    expect(open).toThrow(`--judge ${url} begins with neither http:// nor https://`)
  },
)

test('ends with the reason of the signal', async () => {
  const { endpoint } = await open(() => busy)
  const reason = new Error('stopped')
  await expect(endpoint.ask(question, AbortSignal.abort(reason))).rejects.toBe(reason)
})

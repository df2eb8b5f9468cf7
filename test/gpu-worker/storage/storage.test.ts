import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Buckets } from '../../../gpu-worker/storage/s3.ts'
import { Storage } from '../../../gpu-worker/storage/storage.ts'

const bytes = Uint8Array.from({ length: 3000 }, (_, at) => (at * 7) % 251)
/** What the server does with each request, in order; then it accepts. */
let answers: (number | 'hangs up')[]
const received: { method: string; body: Buffer }[] = []
let server: Server
let origin: string
let storage: Storage

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ method: request.method ?? '', body: Buffer.concat(chunks) })
    answer(response, answers.shift() ?? 200)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  storage = new Storage([origin], new Buckets({ buckets: [], region: 'us-east-1' }))
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

beforeEach(() => {
  received.length = 0
})

function answer(response: ServerResponse, status: number | 'hangs up'): void {
  if (status === 'hangs up') response.destroy()
  else response.writeHead(status).end(status === 200 ? bytes : undefined)
}

const never = new AbortController().signal
const upload = (signal = never) => storage.upload(`${origin}/out`, bytes, 'image/png', signal)

test('a result is uploaded again, whole, where the connection or the server fails', async () => {
  answers = ['hangs up', 503]
  await upload()
  expect(received.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT'])
  for (const { body } of received) expect(new Uint8Array(body)).toEqual(bytes)
})

test('a photo is downloaded again', async () => {
  answers = [500]
  expect(await storage.download(`${origin}/in`, never)).toEqual(bytes)
  expect(received.length).toBe(2)
})

test.each([403, 404, 410])('status %i is final', async (status) => {
  answers = [status]
  await expect(upload()).rejects.toThrow(`uploading the result failed: status ${status}`)
  expect(received.length).toBe(1)
})

test('a canceled run does not go on trying', async () => {
  answers = Array(20).fill(503)
  const reason = new Error('canceled')
  const abort = new AbortController()
  const ended = upload(abort.signal)
  const expected = expect(ended).rejects.toBe(reason)
  while (received.length === 0) await new Promise(setImmediate)
  abort.abort(reason)
  await expected
  expect(received.length).toBe(1)
})

/**
 * A double of OpenAI's chat completions. It accepts what the reference documents for text and pictures,
 * and answers anything else with 400, so that a request that passes here is a documented one.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { z } from 'zod'

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string().min(1) })
const ImagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().regex(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/),
    detail: z.enum(['auto', 'low', 'high']).optional(),
  }),
})
const User = z.strictObject({
  role: z.literal('user'),
  content: z.union([z.string().min(1), z.array(z.union([TextPart, ImagePart])).min(1)]),
})
/** An assistant's content may have no pictures. */
const Assistant = z.strictObject({ role: z.literal('assistant'), content: z.string().min(1) })
const Body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(z.union([User, Assistant])).min(1),
  temperature: z.number().min(0).max(2).optional(),
})
export type Asked = z.infer<typeof Body>

/** What the double answers instead of a completion. */
export type Fault = {
  readonly status: number
  readonly message: string
  readonly code?: string
  readonly retryAfter?: string
}

export type Reply = string | Fault | { readonly cut: string }

export type ChatDouble = {
  /** For the endpoint's option. */
  readonly url: string
  readonly key: string
  /** The bodies of all requests with the key. */
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

/** Tokens of each answer, whatever it says. */
export const TOKENS = { prompt_tokens: 1000, completion_tokens: 50 }

/** @param reply to a request and its number, from 0 */
export async function chatDouble(reply: (asked: Asked, i: number) => Reply): Promise<ChatDouble> {
  const key = 'test-key'
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    respond(request, response).catch((error) =>
      fail(response, { status: 500, message: `${error}` }),
    )
  })
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const reject = (status: number, message: string) => fail(response, { status, message })
    if (request.url !== '/v1/chat/completions') return reject(404, `no ${request.url}`)
    if (request.method !== 'POST') return reject(405, 'only POST')
    if (request.headers.authorization !== `Bearer ${key}`) return reject(401, 'wrong key')
    if (request.headers['content-type'] !== 'application/json') return reject(400, 'not JSON')
    const { success, data, error } = Body.safeParse(JSON.parse(Buffer.concat(chunks).toString()))
    if (!success) return reject(400, error.message)
    for (const url of picturesIn(data)) await sharp(bytesOf(url)).stats()
    asked.push(data)
    const answer = reply(data, asked.length - 1)
    if (typeof answer === 'object' && 'status' in answer) return fail(response, answer)
    const cut = typeof answer === 'object'
    response.setHeader('content-type', 'application/json')
    const message = { role: 'assistant', content: cut ? answer.cut : answer, refusal: null }
    response.end(
      JSON.stringify({
        id: `chatcmpl-${asked.length}`,
        object: 'chat.completion',
        created: 1_700_000_000,
        model: data.model,
        choices: [{ index: 0, message, logprobs: null, finish_reason: cut ? 'length' : 'stop' }],
        usage: { ...TOKENS, total_tokens: TOKENS.prompt_tokens + TOKENS.completion_tokens },
      }),
    )
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1/`,
    key,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function fail(response: ServerResponse, { status, message, code, retryAfter }: Fault): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  const error = { message, type: 'error', param: null, code: code ?? null }
  response.end(JSON.stringify({ error }))
}

/** The data URLs of the pictures in a request, in order. */
export function picturesIn({ messages }: Asked): string[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : [])),
  )
}

export function bytesOf(url: string): Buffer {
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
}

/** The words of the last message. */
export function wordsIn({ messages }: Asked): string {
  const content = messages.at(-1)?.content ?? ''
  if (typeof content === 'string') return content
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ContextDrag, ContextDragError, verifyWebhook } from '../../client/index.ts'

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
afterEach(() => vi.useRealTimers())

type Reply = Response | Error
/** A fake API: returns the responses one by one and records the requests. */
function api(...replies: Reply[]) {
  const asked: Request[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push(new Request(input, init))
    const reply = replies.shift()
    if (reply instanceof Error) throw reply
    if (reply === undefined) throw new Error('nothing more was expected')
    return reply
  }
  return { asked, client: new ContextDrag({ baseUrl: 'https://api.example', key: 'k', fetch }) }
}
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json(
    { type: 'urn:x', title: 'x', status, code, detail: 'd' },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  )
const edit = (status: string) => Response.json({ id: 'edit_1', status })
const input = {
  image: new Blob(['pixels'], { type: 'image/png' }),
  drags: [{ handle: { x: 1, y: 2 }, target: { x: 3, y: 4 } }],
  steps: 2,
  prompt: 'a word',
}

test('an edit is sent as a form with the key, and every attempt has the same Idempotency-Key', async () => {
  const { client, asked } = api(
    new TypeError('connection reset'),
    problem(503, 'model_unavailable', { 'retry-after': '0' }),
    problem(409, 'idempotency_in_flight', { 'retry-after': '0' }),
    edit('queued'),
  )
  expect(await client.edit(input, { cancelAfter: '90s' })).toMatchObject({ id: 'edit_1' })
  expect(asked).toHaveLength(4)
  expect(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
  const last = asked.at(-1) as Request
  expect([last.method, last.url]).toEqual(['POST', 'https://api.example/v1/edits'])
  expect(last.headers.get('authorization')).toBe('Bearer k')
  expect(last.headers.get('cancel-after')).toBe('90s')
  const form = await last.formData()
  expect(await (form.get('image') as File).text()).toBe('pixels')
  expect(JSON.parse(String(form.get('drags')))).toEqual(input.drags)
  expect([form.get('steps'), form.get('prompt')]).toEqual(['2', 'a word'])
})

test.each([
  [402, 'insufficient_credit'],
  [401, 'unauthenticated'],
])('an error response %i is thrown with its code, without a retry', async (status, code) => {
  const { client, asked } = api(problem(status, code))
  const rejected = client.edit(input)
  await expect(rejected).rejects.toBeInstanceOf(ContextDragError)
  await expect(rejected).rejects.toMatchObject({ code, status })
  expect(asked).toHaveLength(1)
})

test('a request that may not be repeated is sent once', async () => {
  const { client, asked } = api(new TypeError('connection reset'))
  await expect(client.cancel('edit_1')).rejects.toThrow('connection reset')
  expect(asked).toHaveLength(1)
})

test('wait repeats until the edit reaches a final state', async () => {
  const { client, asked } = api(edit('running'), edit('storing'), edit('failed'))
  expect(await client.wait('edit_1')).toMatchObject({ status: 'failed' })
  expect(asked.map(({ headers }) => headers.get('prefer'))).toEqual(new Array(3).fill('wait=30'))
})

test('a large photo is uploaded to a signed URL, without the key', async () => {
  const photo = new Blob([new Uint8Array(9_500_000)], { type: 'image/jpeg' })
  const upload = {
    id: 'upl_1',
    method: 'PUT',
    url: 'https://bucket.example/x?signature=s',
    headers: { 'content-type': 'image/jpeg' },
  }
  const { client, asked } = api(
    Response.json(upload, { status: 201 }),
    new Response(null, { status: 201 }),
    edit('queued'),
  )
  await client.edit({ ...input, image: photo })
  expect(await asked[0]?.json()).toEqual({ contentType: 'image/jpeg', bytes: 9_500_000 })
  expect([asked[1]?.url, asked[1]?.headers.get('authorization')]).toEqual([upload.url, null])
  expect((await (asked[2] as Request).formData()).get('image')).toBe('{"upload":"upl_1"}')
})

test('a batch is sent as JSON; a photo that several edits have is uploaded once', async () => {
  const upload = { id: 'upl_1', method: 'PUT', url: 'https://bucket.example/x', headers: {} }
  const { client, asked } = api(
    Response.json(upload, { status: 201 }),
    new Response(null, { status: 201 }),
    new TypeError('connection reset'),
    Response.json({ edits: [{ id: 'edit_1' }, { id: 'edit_2' }] }, { status: 202 }),
  )
  // Longer than the arguments that one call may have.
  const mask = new Blob([new Uint8Array(10_000).fill(7)], { type: 'image/png' })
  const made = await client.batch(
    [
      { ...input, mask },
      { ...input, n: 2 },
    ],
    { cancelAfter: '5m' },
  )
  expect(made.map(({ id }) => id)).toEqual(['edit_1', 'edit_2'])
  const [, , first, last] = asked as [Request, Request, Request, Request]
  expect([last.method, last.url]).toEqual(['POST', 'https://api.example/v1/edits/batch'])
  expect(last.headers.get('cancel-after')).toBe('5m')
  expect(last.headers.get('idempotency-key')).toBe(first.headers.get('idempotency-key'))
  const { edits } = (await last.json()) as { edits: { image: object; mask?: string; n?: number }[] }
  expect(edits.map(({ image }) => image)).toEqual([{ upload: 'upl_1' }, { upload: 'upl_1' }])
  expect(edits[0]?.mask).toBe(`data:image/png;base64,${Buffer.alloc(10_000, 7).toString('base64')}`)
  expect(edits[1]).toMatchObject({ n: 2, drags: input.drags })
})

describe('the type of a large photo is read from its bytes', () => {
  const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]
  const jpeg = [0xff, 0xd8, 0xff, 0xe0]
  const webp = [...Buffer.from('RIFF'), 10, 10, 10, 10, ...Buffer.from('WEBPVP8 ')]
  test.each([
    ['image/png', png, ''],
    ['image/jpeg', jpeg, ''],
    ['image/jpeg', jpeg, 'image/jpg'],
    ['image/jpeg', jpeg, 'application/octet-stream'],
    ['image/webp', webp, 'image/png'],
    ['image/heic', [0, 0, 0, 24, 102, 116, 121, 112], 'image/heic'],
  ])('%s', async (contentType, head, type) => {
    const { client, asked } = api(problem(422, 'invalid_option'))
    const photo = new Blob([Uint8Array.from(head), new Uint8Array(9_500_000)], { type })
    await expect(client.edit({ ...input, image: photo })).rejects.toThrow('invalid_option')
    expect(await asked[0]?.json()).toEqual({ contentType, bytes: photo.size })
  })
})

test.each([
  ['7', 7],
  [new Date(Date.now() + 60_000).toUTCString(), 60],
  ['soon', undefined],
])('Retry-After: %s', async (header, seconds) => {
  const { client } = api(problem(402, 'spend_limit', { 'retry-after': header }))
  const error = await client.edit(input).catch((cause) => cause)
  if (seconds === undefined) expect(error.retryAfter).toBeUndefined()
  else expect(Math.abs(error.retryAfter - seconds)).toBeLessThan(5)
})

describe('events', () => {
  const stream = (...parts: string[]) =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(new TextEncoder().encode(part))
          controller.close()
        },
      }),
    )

  test('arrive whole however the stream is split, and a broken connection resumes after the last one', async () => {
    const { client, asked } = api(
      stream(
        'retry: 1000\n\nid: 1\nevent: sta',
        'tus\ndata: {"status":"queued"}\n\n: still here\n\n',
      ),
      stream(
        'id: 2\nevent: progress\ndata: {"step":1,"steps":2}\n\nid: 3\nevent: status\n',
        'data: {"status":"succeeded"}\n\n',
      ),
    )
    const seen = []
    for await (const event of client.events('edit_1')) seen.push(event)
    expect(seen).toEqual([
      { id: 1, type: 'status', status: 'queued' },
      { id: 2, type: 'progress', step: 1, steps: 2 },
      { id: 3, type: 'status', status: 'succeeded' },
    ])
    expect(asked.map(({ headers }) => headers.get('last-event-id'))).toEqual(['0', '1'])
  })

  test('are over when the API says that nothing comes after the last one', async () => {
    const { client, asked } = api(
      stream('id: 1\nevent: status\ndata: {"status":"queued"}\n\n'),
      new Response(null, { status: 204 }),
    )
    const seen = []
    for await (const event of client.events('edit_1')) seen.push(event)
    expect([seen.length, asked.length]).toEqual([1, 2])
  })

  const lines = [
    ': a comment',
    '',
    'id: 1',
    'event: progress',
    'data: {"step":1,',
    'data:"steps":2}',
    '',
    ':',
    '',
    'id: 2',
    'event: status',
    'data: {"status":"failed"}',
    '',
    '',
  ]
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])(
    'may end their lines in %s, cut anywhere, with comments and data of several lines',
    async (_, end) => {
      const text = lines.join(end)
      for (const length of [1, 2, 7, text.length]) {
        const parts = Array.from({ length: Math.ceil(text.length / length) }, (__, i) =>
          text.slice(i * length, (i + 1) * length),
        )
        const seen = []
        for await (const event of api(stream(...parts)).client.events('edit_1')) seen.push(event)
        expect(seen).toEqual([
          { id: 1, type: 'progress', step: 1, steps: 2 },
          { id: 2, type: 'status', status: 'failed' },
        ])
      }
    },
  )
})

test('a list fetches its pages on demand', async () => {
  const { client, asked } = api(
    Response.json({ edits: [{ id: 'a' }, { id: 'b' }], next: 'c1' }),
    Response.json({ edits: [{ id: 'c' }] }),
  )
  const ids = []
  for await (const { id } of client.list({ order: '7' })) ids.push(id)
  expect(ids).toEqual(['a', 'b', 'c'])
  expect(new URL(asked[1]?.url ?? '').searchParams.get('cursor')).toBe('c1')
  expect(new URL(asked[0]?.url ?? '').searchParams.get('metadata.order')).toBe('7')
})

describe('verifyWebhook', () => {
  const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
  const body = '{"type":"test","timestamp":"2026-01-01T00:00:00Z","data":{}}'
  const signed = (at: Date, by = secret) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(by).sign('msg_1', at, body),
  })

  test("accepts what the specification's reference package signs, also with two secrets", async () => {
    expect(await verifyWebhook(secret, signed(new Date()), body)).toMatchObject({ type: 'test' })
    const other = `whsec_${Buffer.from('another secret of some length').toString('base64')}`
    expect(
      await verifyWebhook([other, secret], new Headers(signed(new Date())), body),
    ).toBeDefined()
  })

  test('with headers as lists, as gateways hand them over', async () => {
    const lists = Object.entries(signed(new Date())).map(([name, value]) => [name, [value]])
    expect(await verifyWebhook(secret, Object.fromEntries(lists), body)).toMatchObject({
      type: 'test',
    })
    const none = Object.fromEntries(lists.map(([name]) => [name, []]))
    await expect(verifyWebhook(secret, none, body)).rejects.toThrow('has no id')
  })

  test.each(['Webhook-Id', 'WEBHOOK-ID'])(
    'accepts headers as hosts spell them: %s',
    async (like) => {
      const spelt = (name: string) =>
        like === 'WEBHOOK-ID'
          ? name.toUpperCase()
          : name.replaceAll(/\b\w/g, (a) => a.toUpperCase())
      const headers = Object.entries(signed(new Date())).map(([name, value]) => [
        spelt(name),
        value,
      ])
      expect(await verifyWebhook(secret, Object.fromEntries(headers), body)).toMatchObject({
        type: 'test',
      })
    },
  )

  test('rejects messages that are changed, forged, unsigned or outdated', async () => {
    const now = new Date()
    await expect(verifyWebhook(secret, signed(now), `${body} `)).rejects.toThrow('not signed')
    const forged = { ...signed(now), 'webhook-signature': 'v1,AAAA v1,* v2,x' }
    await expect(verifyWebhook(secret, forged, body)).rejects.toThrow('not signed')
    await expect(verifyWebhook(secret, {}, body)).rejects.toThrow(
      'timestamp is more than 300 s off',
    )
    const old = signed(new Date(Date.now() - 400_000))
    await expect(verifyWebhook(secret, old, body)).rejects.toThrow(
      'timestamp is more than 300 s off',
    )
  })
})

test('the bundle is small and contains no zod; its types match openapi.json', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [file('client/index.ts')],
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    write: false,
    metafile: true,
  })
  expect(outputFiles[0]?.contents.length).toBeLessThan(11_000)
  const inputs = Object.keys(metafile.inputs)
  const foreign = inputs.filter((path) => !path.includes('client/'))
  expect(foreign.filter((path) => !path.includes('/eventsource-parser/'))).toEqual([])
  const digest = createHash('sha256')
    .update(await readFile(file('openapi.json')))
    .digest('hex')
  expect(await readFile(file('client/contract.ts'), 'utf8')).toContain(`SHA-256 ${digest}`)
})

/**
 * Clients against the real thing, edge and worker as processes: one made by a code generator from
 * the OpenAPI document that the edge serves (openapi-typescript, openapi-fetch), and our own.
 */

import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import createClient from 'openapi-fetch'
import sharp from 'sharp'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { paths } from '../client/contract.ts'
import { ContextDrag, ContextDragError, type EditEvent, verifyWebhook } from '../client/index.ts'
import type { Stack } from '../infra/stack.ts'
import { sampleFolder } from '../samples/render.ts'
import { readSample, type Sample } from './fixtures/pictures.ts'
import { prepareStack, type TestStack } from './fixtures/servers/test-stack.ts'

type Delivery = { readonly body: string; readonly headers: Record<string, string> }

let opened: TestStack
let stack: Stack
let key: string
let sample: Sample
let receiver: Server
const deliveries: Delivery[] = []

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    deliveries.push({ body: Buffer.concat(parts).toString(), headers })
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  opened = await prepareStack({
    workerEnv: {
      // Random weights: what it finds is noise, but it is found.
      SAM: fileURLToPath(new URL('fixtures/golden/sam', import.meta.url)),
    },
    edgeVars: { ALLOWED_PRIVATE_ORIGINS: receiverOrigin() },
  })
  stack = opened.stack
  await stack.start()
  key = (await stack.openAccount('clients', 'live', 10_000_000)).key
  sample = await readSample('balloon', 0.5)
})
afterAll(async () => {
  await opened.close()
  receiver.closeAllConnections()
  receiver.close()
})

function receiverOrigin(): string {
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
}

const photo = () => new Blob([sample.photo as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' })
const mask = () => new Blob([sample.mask as Uint8Array<ArrayBuffer>], { type: 'image/png' })

test('a generated client uploads a photo, edits it and gets the picture', async () => {
  const api = createClient<paths>({
    baseUrl: stack.origin,
    headers: { authorization: `Bearer ${key}` },
  })
  const header = () => ({ 'idempotency-key': crypto.randomUUID() })
  const upload = await api.POST('/v1/uploads', {
    params: { header: header() },
    body: { contentType: 'image/jpeg', bytes: photo().size },
  })
  if (upload.data === undefined) return expect.fail(JSON.stringify(upload.error))
  const { url, method, headers } = upload.data
  expect((await fetch(url, { method, headers, body: photo() })).status).toBe(201)

  const created = await api.POST('/v1/edits', {
    params: { header: header() },
    body: {
      image: { upload: upload.data.id },
      drags: [...sample.drags],
      model: 'embedded-fast',
      steps: 4,
      metadata: { order: '17' },
    },
  })
  expect(created.response.status).toBe(202)
  if (created.data === undefined) return expect.fail(JSON.stringify(created.error))
  const { id } = created.data
  const read = await api.GET('/v1/edits/{id}', {
    params: { path: { id }, header: { prefer: 'wait=40' } },
  })
  expect(read.data).toMatchObject({ status: 'succeeded', metadata: { order: '17' } })
  const result = await api.GET('/v1/edits/{id}/result', {
    params: { path: { id } },
    parseAs: 'arrayBuffer',
  })
  const { width, height } = await sharp(photoBytes(result.data)).metadata()
  expect({ width, height }).toEqual(await sizeOfPhoto())

  const refused = await api.GET('/v1/edits/{id}', { params: { path: { id: 'edit_none' } } })
  expect(refused.error).toMatchObject({ code: 'not_found', status: 404 })
})

test('our own client: plan, edit, events, result, lists, usage, deletion', async () => {
  const client = new ContextDrag({ baseUrl: stack.origin, key })
  const size = await sizeOfPhoto()
  const plan = await client.plan({
    image: size,
    drags: sample.drags,
    model: 'embedded-fast',
    steps: 12,
  })
  const edit = await client.edit({
    image: photo(),
    mask: mask(),
    drags: sample.drags,
    model: 'embedded-fast',
    steps: 12,
    metadata: { album: 'a' },
  })
  expect(edit.price).toEqual(plan.price)
  const events: EditEvent[] = []
  for await (const event of client.events(edit.id)) events.push(event)
  const ids = events.map(({ id }) => id)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  expect(events.at(-1)).toMatchObject({ type: 'status', status: 'succeeded' })
  const previews = events.flatMap((event) =>
    event.type === 'progress' && event.preview !== undefined ? [event.preview] : [],
  )
  const preview = await sharp(Buffer.from(previews[0]?.split(',')[1] ?? '', 'base64')).metadata()
  expect(preview.width).toBeGreaterThan(8)

  const done = await client.wait(edit.id)
  expect(done).toMatchObject({ status: 'succeeded', metadata: { album: 'a' } })
  const picture = await sharp(await (await client.result(edit.id)).arrayBuffer()).metadata()
  expect({ width: picture.width, height: picture.height }).toEqual(size)

  // From here to the next one, without the photo.
  const next = await client.edit({
    image: { edit: edit.id },
    drags: sample.drags,
    model: 'embedded-fast',
    steps: 2,
    output: { format: 'webp', maxSize: 64 },
  })
  expect(await client.wait(next.id)).toMatchObject({ status: 'succeeded' })
  expect((await client.result(next.id)).type).toBe('image/webp')

  const listed: string[] = []
  for await (const { id } of client.list({ album: 'a' })) listed.push(id)
  expect(listed).toEqual([edit.id])
  const { usage } = await client.usage({ by: 'key' })
  expect(usage[0]?.edits).toBeGreaterThanOrEqual(2)
  await client.delete(edit.id)
  const gone = await client.get(edit.id).catch((error: unknown) => error)
  expect(gone).toBeInstanceOf(ContextDragError)
  expect(gone).toMatchObject({ status: 410, code: 'gone' })
})

test('our own client sends a large photo through an upload', { timeout: 180_000 }, async () => {
  const client = new ContextDrag({ baseUrl: stack.origin, key })
  const { data, info } = await sharp({
    create: {
      width: 2000,
      height: 1600,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png({ compressionLevel: 0 })
    .toBuffer({ resolveWithObject: true })
  expect(info.size).toBeGreaterThan(9_000_000)
  const edit = await client.edit({
    image: new Blob([data as Uint8Array<ArrayBuffer>], { type: 'image/png' }),
    drags: [{ handle: { x: 600, y: 600 }, target: { x: 900, y: 700 } }],
    model: 'embedded-fast',
    steps: 1,
    output: { maxSize: 256 },
  })
  expect(await client.wait(edit.id)).toMatchObject({ status: 'succeeded' })
})

function whiteMask(width: number, height: number): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
}

test('an edit with an editable mask moves only the thing', async () => {
  const client = new ContextDrag({ baseUrl: stack.origin, key })
  const file = await readFile(join(sampleFolder('ladybird'), 'photo.jpg'))
  const edit = await client.edit({
    image: new Blob([file as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }),
    mask: new Blob([(await whiteMask(640, 640)) as Uint8Array<ArrayBuffer>]),
    maskKind: 'editable',
    model: 'embedded-fast',
    drags: [{ handle: { x: 270, y: 300 }, target: { x: 380, y: 360 } }],
  })
  expect(await client.wait(edit.id)).toMatchObject({ status: 'succeeded' })
  const pixels = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer()
  const result = new Uint8Array(await (await client.result(edit.id)).arrayBuffer())
  const [before, after] = [await pixels(file), await pixels(result)]
  const differs = (left: number, top: number, right: number, bottom: number) => {
    let most = 0
    for (let y = top; y < bottom; y++)
      for (let at = 3 * (y * 640 + left); at < 3 * (y * 640 + right); at++)
        most = Math.max(most, Math.abs((before[at] as number) - (after[at] as number)))
    return most
  }
  // All of the photo might change; the leaf around the ladybird does not.
  expect(differs(0, 0, 640, 100)).toBe(0)
  expect(differs(0, 540, 640, 640)).toBe(0)
  expect(differs(0, 0, 90, 640)).toBe(0)
  expect(differs(340, 320, 420, 400)).toBeGreaterThan(60)
})

test('our own client: the mask of a thing in an upload', async () => {
  const client = new ContextDrag({ baseUrl: stack.origin, key })
  const upload = await client.upload(new Blob([photo()], { type: 'image/jpeg' }))
  const size = await sizeOfPhoto()
  const found = await client.mask({ image: { upload }, points: [{ x: 206, y: 190 }] })
  const { width, height } = await sharp(
    Buffer.from(found.mask.split(',')[1] ?? '', 'base64'),
  ).metadata()
  expect({ width, height }).toEqual(size)
  expect(found.rle.size).toEqual([size.height, size.width])
  expect(found.rle.counts.reduce((sum, run) => sum + run, 0)).toBe(size.width * size.height)
  const refined = await client.mask({ image: { upload }, mask: found.mask })
  expect(refined.score).toBeNull()
  await expect(
    client.mask({ image: { upload }, points: [{ x: 5000, y: 1 }] }),
  ).rejects.toMatchObject({ code: 'invalid_option', status: 422 })
})

test('a webhook of a real edit is verified by standardwebhooks and by us', async () => {
  const answer = await fetch(`${stack.origin}/v1/webhooks`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ url: `${receiverOrigin()}/hook`, events: ['edit.succeeded'] }),
  })
  expect(answer.status).toBe(201)
  const { secret } = (await answer.json()) as { secret: string }
  const client = new ContextDrag({ baseUrl: stack.origin, key })
  const edit = await client.edit({
    image: photo(),
    drags: sample.drags,
    model: 'embedded-fast',
    steps: 2,
    metadata: { order: '18' },
  })
  await client.wait(edit.id)
  await expect.poll(() => deliveries.length, { timeout: 60_000 }).toBe(1)
  const [{ body, headers }] = deliveries as [Delivery]
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'edit.succeeded' })
  const message = await verifyWebhook(secret, new Headers(headers), body)
  expect(message).toMatchObject({ data: { id: edit.id, metadata: { order: '18' } } })
})

test("the playground's token can use the embedded backbones, free of charge", async () => {
  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${stack.origin}/dev/client-token`, { method: 'POST', headers })
  expect((await ask({ origin: 'https://elsewhere.example' })).status).toBe(403)
  const { token } = (await (await ask({ origin: stack.origin })).json()) as { token: string }
  const client = new ContextDrag({ baseUrl: stack.origin, key: token })
  const fields = { image: photo(), drags: sample.drags, steps: 2 }
  const edit = await client.edit({ ...fields, model: 'embedded-fast' })
  expect(edit.price.amount).toBe(0)
  expect(await client.wait(edit.id)).toMatchObject({ status: 'succeeded', mode: 'test' })
  const other = await client.edit({ ...fields, model: 'flux1-kontext-dev' }).catch((error) => error)
  expect(other).toMatchObject({ status: 403 })
})

const tools = ['bash', 'curl', 'jq'].every(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
)

test.runIf(tools)('the lines of docs/clients.md do what they say', async () => {
  const page = await readFile(new URL('../docs/clients.md', import.meta.url), 'utf8')
  const lines = page
    .split('\n')
    .filter((line) => line.startsWith('    ') && !line.includes('```'))
    .map((line) => line.slice(4))
  const from = lines.findIndex((line) => line.startsWith('curl -s $API/v1/client-tokens'))
  const to = lines.findIndex((line) => line.startsWith('curl -s -f -o edited.png'))
  const [first = '', second = '', ...rest] = lines.slice(from, to + 1)
  const script = ['set -euo pipefail', `TOKEN=$(${first}\n${second} | jq -r .token)`, ...rest].join(
    '\n',
  )
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-curl-'))
  const whole = await readFile(join(sampleFolder('balloon'), 'photo.jpg'))
  await writeFile(join(folder, 'photo.jpg'), whole)
  // Not waited for in a blocking way: the webhooks' receiver lives in this process.
  const { status, stderr } = await run('bash', ['-c', script], {
    cwd: folder,
    env: { ...process.env, API: stack.origin, KEY: key },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { width, height } = await sharp(join(folder, 'edited.png')).metadata()
  expect({ width, height }).toEqual({ width: 768, height: 512 })
})

function run(command: string, args: readonly string[], options: SpawnOptions) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  return new Promise<{ status: number | null; stderr: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, stderr })),
  )
}

function photoBytes(data: unknown): Buffer {
  return Buffer.from(data as ArrayBuffer)
}

async function sizeOfPhoto() {
  const { width, height } = await sharp(sample.photo).metadata()
  return { width, height }
}

/** The tools of `contextdrag mcp` by the protocol's own client over stdio, on edge and worker as processes. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ContextDrag } from '../../../client/index.ts'
import { readSample, type Sample } from '../../fixtures/pictures.ts'
import { prepareStack, type TestStack } from '../../fixtures/servers/test-stack.ts'

let opened: TestStack
let key: string
let sample: Sample
let folder: string
let mcp: Client
let photo: string
let mask: string

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function connect(env: Record<string, string>): Promise<Client> {
  const client = new Client({ name: 'a test', version: '1' })
  const args = ['--disable-warning=ExperimentalWarning', path('../../../cli/main.ts'), 'mcp']
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...args, '--out', folder], env }),
  )
  return client
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-mcp-'))
  // Random weights: what it finds is noise, but it is found.
  opened = await prepareStack({ workerEnv: { SAM: path('../../fixtures/golden/sam') } })
  await opened.stack.start()
  key = (await opened.stack.openAccount('mcp', 'live', 10_000_000)).key
  sample = await readSample('balloon', 0.5)
  photo = join(folder, 'photo.jpg')
  mask = join(folder, 'given-mask.png')
  await Promise.all([writeFile(photo, sample.photo), writeFile(mask, sample.mask)])
  mcp = await connect({ CONTEXTDRAG_URL: opened.stack.origin, CONTEXTDRAG_KEY: key })
})
afterAll(async () => {
  await mcp?.close()
  await opened?.close()
  await rm(folder, { recursive: true, force: true })
})

type Answer = {
  readonly json: Record<string, unknown>
  readonly picture: Buffer | null
  /** All that was said, and how many pictures came with it. */
  readonly all: readonly Record<string, unknown>[]
  readonly pictures: number
}
async function call(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const result = (await mcp.callTool({ name, arguments: args })) as CallToolResult
  const text = result.content.find((part) => part.type === 'text')?.text ?? ''
  const image = result.content.find((part) => part.type === 'image')
  if (result.isError) throw Object.assign(new Error(text), { problem: JSON.parse(text) })
  const all = result.content.flatMap((part) => (part.type === 'text' ? JSON.parse(part.text) : []))
  const pictures = result.content.filter(({ type }) => type === 'image').length
  const picture = image ? Buffer.from(image.data, 'base64') : null
  return { json: JSON.parse(text), picture, all, pictures }
}
/** The code of the problem that a call ends with. */
const codeOf = (name: string, args: Record<string, unknown>) =>
  call(name, args).then(
    () => 'none',
    ({ problem }) => problem.code,
  )
const api = () => new ContextDrag({ baseUrl: opened.stack.origin, key })
const count = async () => {
  let edits = 0
  for await (const _ of api().list()) edits++
  return edits
}

test('lists its tools, and says which of them change something', async () => {
  const { tools } = await mcp.listTools()
  const reads = Object.fromEntries(
    tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint ?? false]),
  )
  expect(reads).toEqual({ plan: true, edit: false, get: false, mask: false, models: true })
})

test('plan tells the price that edit charges, and edit returns the picture, its file and its URL', async () => {
  const asked = { photo, drags: sample.drags, mask, model: 'embedded-fast' }
  const plan = await call('plan', asked)
  expect(plan.picture).toBeNull()
  expect(plan.json).toMatchObject({ warnings: [], moved: expect.any(Number) })
  const { json, picture } = await call('edit', { ...asked, seed: 7 })
  expect(json).toMatchObject({ status: 'succeeded', model: 'embedded-fast', seed: 7 })
  const { amount } = plan.json.price as { amount: number }
  expect(amount).toBeGreaterThan(0)
  expect(json.charged).toBe(amount)
  const [saved, linked, served] = await Promise.all([
    readFile(json.file as string),
    fetch(json.url as string).then((response) => response.arrayBuffer()),
    api()
      .result(json.id as string)
      .then((blob) => blob.arrayBuffer()),
  ])
  expect(saved.equals(Buffer.from(served))).toBe(true)
  expect(saved.equals(Buffer.from(linked))).toBe(true)
  const { width, height } = sample.size
  const pixels = (bytes: Buffer) =>
    sharp(bytes).resize(width, height).removeAlpha().raw().toBuffer()
  const [shown, whole, before] = await Promise.all(
    [picture ?? Buffer.alloc(0), saved, Buffer.from(sample.photo)].map(pixels),
  )
  const apart = (one: Buffer, other: Buffer) =>
    one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? 0)), 0) / one.length
  expect(apart(shown as Buffer, whole as Buffer)).toBeLessThan(2)
  expect(apart(whole as Buffer, before as Buffer)).toBeGreaterThan(2)

  const moves = [{ from: [148, 135, 736, 401], to: [148, 435, 736, 701] }]
  const planned = await call('plan', { photo: json.id, moves, model: 'instant' })
  expect(planned.json).toMatchObject({ price: { currency: 'USD' } })
  const again = await call('edit', { photo: json.id, moves, model: 'instant' })
  expect(again.json).toMatchObject({ status: 'succeeded', model: 'instant' })
  expect((await call('get')).json).toMatchObject({
    edits: [{ id: again.json.id }, { id: json.id, charged: amount }],
  })
})

test('an edit that takes longer than the call may is not lost, nor made twice', async () => {
  const asked = { photo, drags: sample.drags, mask, model: 'embedded', options: { steps: 20 } }
  const before = await count()
  const repeated = { ...asked, idempotencyKey: crypto.randomUUID(), waitSeconds: 0 }
  const { json } = await call('edit', repeated)
  expect(['queued', 'dispatching', 'running']).toContain(json.status)
  expect((await call('edit', repeated)).json.id).toBe(json.id)
  expect(await count()).toBe(before + 1)
  expect(await api().wait(json.id as string)).toMatchObject({ status: 'succeeded', steps: 20 })
  const { json: later, picture } = await call('get', { id: json.id })
  expect(later).toMatchObject({ id: json.id, status: 'succeeded', file: expect.any(String) })
  expect(picture).not.toBeNull()
})

test('all candidates that are paid are returned, a deleted one by its id', async () => {
  const asked = { photo, drags: sample.drags, mask, model: 'embedded-fast' }
  const repeated = { ...asked, options: { n: 2 }, seed: 3, idempotencyKey: crypto.randomUUID() }
  const { all, pictures } = await call('edit', repeated)
  expect(all).toMatchObject([
    { status: 'succeeded', seed: 3, file: expect.any(String) },
    { status: 'succeeded', seed: 4, file: expect.any(String) },
  ])
  expect(pictures).toBe(2)
  const [first, second] = all.map(({ id }) => id as string)
  expect(new Set([first, second, ...all.map(({ file }) => file)]).size).toBe(4)
  await api().delete(first as string)
  const again = await call('edit', repeated)
  expect(again.all).toMatchObject([
    { id: first, status: 'deleted' },
    { id: second, seed: 4 },
  ])
  expect(again.pictures).toBe(1)
})

test('a client that asks hears how far the edit is', async () => {
  const heard: number[] = []
  const steps = { photo, drags: sample.drags, mask, model: 'embedded-fast', options: { steps: 3 } }
  await mcp.callTool({ name: 'edit', arguments: steps }, undefined, {
    onprogress: ({ progress }) => heard.push(progress),
  })
  expect(heard.length).toBeGreaterThan(2)
  expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other))
})

test('a mask is found, saved as a file that edit takes, and as large as the photo', async () => {
  const { x, y } = sample.drags[0]?.handle ?? { x: 0, y: 0 }
  const inline = `data:image/jpeg;base64,${Buffer.from(sample.photo).toString('base64')}`
  const { json, picture } = await call('mask', { photo: inline, points: [{ x, y }] })
  expect(json.photo).toMatch(/^upl_/)
  expect(await sharp(json.file as string).metadata()).toMatchObject({
    format: 'png',
    ...sample.size,
  })
  expect(picture?.equals(await readFile(json.file as string))).toBe(true)
  const wide = { left: 1, top: 1, width: sample.size.width - 2, height: sample.size.height - 2 }
  expect((await call('mask', { photo: json.photo, box: wide })).json.file).not.toBe(json.file)
})

test('models are those of the API', async () => {
  const names = (models: unknown) => (models as { name: string }[]).map(({ name }) => name)
  expect(names((await call('models')).json)).toEqual(names(await api().models()))
})

describe('errors are the problem objects of the API', () => {
  test.each([
    [
      'edit',
      { drags: [{ handle: { x: -5, y: 0 }, target: { x: 9, y: 9 } }] },
      'handle_outside_image',
    ],
    ['edit', { options: { nonsense: 1 } }, 'invalid_request'],
    ['plan', { drags: [] }, 'no_drags'],
    ['plan', { photo: '/nowhere.jpg' }, 'image_missing'],
    ['plan', { photo: `upl_${'0'.repeat(32)}` }, 'invalid_request'],
    ['plan', { photo: 'https://127.0.0.1/photo.jpg' }, 'image_unreachable'],
    ['plan', { photo: 'https://localhost/photo.jpg' }, 'image_unreachable'],
    ['edit', { photo: 'https://10.0.0.1/photo.jpg' }, 'image_unreachable'],
    ['get', { id: 'edit_00' }, 'not_found'],
  ])('%s %o: %s', async (tool, fields, code) => {
    const before = await count()
    const asked = tool === 'get' ? fields : { photo, drags: sample.drags, ...fields }
    expect(await codeOf(tool, asked)).toBe(code)
    expect(await count()).toBe(before)
  })

  test('no file leaves the machine that is neither a photo nor a mask', async () => {
    const secret = join(folder, 'secret.txt')
    await writeFile(secret, 'PNG JPEG secret')
    const asked = { photo, drags: sample.drags }
    expect(await codeOf('edit', { ...asked, photo: secret })).toBe('image_unreadable')
    expect(await codeOf('edit', { ...asked, mask: secret })).toBe('mask_unreadable')
    expect(await codeOf('mask', { photo: secret, points: [{ x: 1, y: 1 }] })).toBe(
      'image_unreadable',
    )
  })
})

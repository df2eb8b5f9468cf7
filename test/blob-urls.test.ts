/**
 * One contract for signed URLs, whoever is behind them: `/blobs` of a running edge, a strict S3
 * server of our own, and OpenStack Swift where it is installed.
 */

import { mkdtemp } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readSettings, type Settings } from '../edge/settings/settings.ts'
import { type BlobUrls, blobUrls } from '../edge/storage/blob-urls.ts'
import { startS3Stub } from './fixtures/servers/s3-stub.ts'
import { hasSwift, type S3Server, startSwift } from './fixtures/servers/swift.ts'
import { prepareStack } from './fixtures/servers/test-stack.ts'

const BUCKET = 'contextdrag'
const TYPE = 'image/png'
const BYTES = Buffer.from('not really a picture, but bytes all the same')

type Door = { readonly urls: BlobUrls; readonly stop: () => Promise<void> }

const anything = 'a'.repeat(64)
/** The settings of an edge that knows one store. */
function settings(origin: string, changed: Record<string, string>): Settings {
  return readSettings({
    ENVIRONMENT: 'dev',
    PUBLIC_ORIGIN: origin,
    CALLBACK_ORIGIN: origin,
    PROVIDERS: JSON.stringify([
      { kind: 'http', name: 'one', url: 'https://worker.example', models: ['embedded'] },
    ]),
    OPERATOR_TOKEN: anything,
    KEY_PEPPERS: `1:${anything}`,
    RUN_SIGNING_KEY: anything,
    BLOB_SECRET: anything,
    SEALING_SECRET: anything,
    DISPATCH_SECONDS: '1',
    RUN_SECONDS: '1',
    POLL_SECONDS: '1',
    ...changed,
  } as unknown as Parameters<typeof readSettings>[0])
}

async function edgeDoor(): Promise<Door> {
  const { stack, close } = await prepareStack()
  await stack.startEdge()
  const { BLOB_SECRET } = stack.secrets
  return { urls: blobUrls(settings(stack.origin, { BLOB_SECRET })), stop: close }
}

async function s3Door(server: S3Server): Promise<Door> {
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  const s3 = {
    BLOBS: 's3',
    S3_ENDPOINT: endpoint,
    S3_BUCKET: BUCKET,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  }
  return { urls: blobUrls(settings('https://edge.example', s3)), stop: server.stop }
}

async function swiftDoor(): Promise<Door> {
  const server = await startSwift(await mkdtemp(join(tmpdir(), 'contextdrag-swift-')))
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Its door opens before what lies behind it.
    maxAttempts: 10,
  })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(async (error) => {
    await server.stop()
    throw error
  })
  return s3Door(server)
}

/** A PUT that says of itself whatever it likes; fetch would correct its length. */
function put(url: string, body: Buffer, headers: Record<string, string | number>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'PUT', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

const doors: [name: string, here: boolean, open: () => Promise<Door>][] = [
  ['the edge itself', true, edgeDoor],
  ['a strict S3 server', true, async () => s3Door(await startS3Stub())],
  ['OpenStack Swift (skipped unless installed)', hasSwift, swiftDoor],
]

describe.each(doors)('%s', (_, here, open) => {
  let door: Door
  let next = 0
  const freshKey = () => `acct/contract/in/${next++}`
  const soon = () => Date.now() + 60_000
  const sendTo = (url: string, body = BYTES, type = TYPE) =>
    put(url, body, { 'content-type': type, 'content-length': body.length })
  const stored = async (key: string) =>
    (await fetch(await door.urls.get(key, soon(), 'worker'))).status

  beforeAll(async () => {
    if (here) door = await open()
  })
  afterAll(async () => {
    if (here) await door?.stop()
  })

  test.runIf(here)('an uploaded object can be downloaded, with its content type', async () => {
    const key = freshKey()
    const url = await door.urls.put(
      key,
      { contentType: TYPE, bytes: BYTES.length },
      soon(),
      'public',
    )
    expect(await sendTo(url)).toBeLessThan(300)
    const answer = await fetch(await door.urls.get(key, soon(), 'public'))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(TYPE)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(BYTES)
  })

  test.runIf(here)('a result whose length is not known in advance can be uploaded', async () => {
    const key = 'acct/contract/out/edit_1/1.png'
    const limits = { contentType: TYPE, maxBytes: 1000 }
    const url = await door.urls.put(key, limits, soon(), 'worker')
    expect(await sendTo(url)).toBeLessThan(300)
    expect(await stored(key)).toBe(200)
  })

  const refused: [what: string, send: (url: string, key: string) => Promise<number>][] = [
    ['another type', (url) => sendTo(url, BYTES, 'text/html')],
    ['more bytes', (url) => sendTo(url, Buffer.concat([BYTES, BYTES]))],
    ['fewer bytes', (url) => sendTo(url, BYTES.subarray(1))],
    ['another key', (url, key) => sendTo(url.replace(key, `${key}0`))],
    [
      'another signature',
      (url) =>
        sendTo(
          url.replace(/(ignature=)(.)/, (_, name, first) => name + (first === 'a' ? 'b' : 'a')),
        ),
    ],
    ['no signature', (url) => sendTo(url.replace(/&[^&]*ignature=[^&]*/, ''))],
    [
      'a later expiry',
      (url) => sendTo(url.replace(/(xpires=)(\d+)/, (_, name, at) => name + (Number(at) + 1000))),
    ],
  ]
  test.runIf(here).each(refused)('%s is rejected and stores nothing', async (_, send) => {
    const key = freshKey()
    const limits = { contentType: TYPE, bytes: BYTES.length }
    const url = await door.urls.put(key, limits, soon(), 'public')
    const status = await send(url, key)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(await stored(key)).toBe(404)
  })

  test.runIf(here)('a URL signed for GET cannot be used for PUT', async () => {
    const key = freshKey()
    expect(await sendTo(await door.urls.get(key, soon(), 'public'))).toBe(403)
    expect(await stored(key)).toBe(404)
  })

  test.runIf(here)('a URL signed for PUT cannot be used for GET', async () => {
    const key = freshKey()
    const limits = { contentType: TYPE, bytes: BYTES.length }
    const url = await door.urls.put(key, limits, soon(), 'public')
    await sendTo(url)
    expect((await fetch(url, { headers: { 'content-type': TYPE } })).status).toBe(403)
  })

  test.runIf(here)('an expired URL is rejected', async () => {
    const key = freshKey()
    const limits = { contentType: TYPE, bytes: BYTES.length }
    // Signed a minute ago, for ten seconds: only the signer's clock is wrong.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 })
    const [write, read] = await Promise.all([
      door.urls.put(key, limits, Date.now() + 10_000, 'public'),
      door.urls.get(key, Date.now() + 10_000, 'public'),
    ]).finally(() => vi.useRealTimers())
    expect(await sendTo(write)).toBe(403)
    expect((await fetch(read)).status).toBe(403)
  })
})

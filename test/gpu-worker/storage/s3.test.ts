import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Buckets } from '../../../gpu-worker/storage/s3.ts'
import { Storage } from '../../../gpu-worker/storage/storage.ts'
import { contextdrag } from '../../fixtures/cli.ts'
import { startS3Stub } from '../../fixtures/servers/s3-stub.ts'
import type { S3Server } from '../../fixtures/servers/swift.ts'

const { signal } = new AbortController()
let server: S3Server
let buckets: Buckets

beforeAll(async () => {
  server = await startS3Stub()
  process.env.AWS_ACCESS_KEY_ID = server.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey
  const { endpoint, region } = server
  buckets = new Buckets({ buckets: ['photos'], endpoint, region })
})
afterAll(async () => {
  delete process.env.AWS_ACCESS_KEY_ID
  delete process.env.AWS_SECRET_ACCESS_KEY
  await server.stop()
})

test('an uploaded object can be downloaded', async () => {
  const storage = new Storage([], buckets)
  const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251)
  await storage.upload('s3://photos/a/b c.png', bytes, 'image/png', signal)
  expect(await storage.download('s3://photos/a/b c.png', signal)).toEqual(bytes)
  await expect(storage.download('s3://photos/none', signal)).rejects.toThrow('NoSuchKey')
  await expect(buckets.download('s3://photos/a/b c.png', 199_999, signal)).rejects.toThrow(
    'has 200000 bytes, more than the limit of 199999',
  )
})

test('a bucket that is not listed is never requested', async () => {
  const storage = new Storage(['https://edge.example'], buckets)
  for (const url of ['s3://other/photo.png', 's3://photos/', 's3://photos'])
    expect(() => storage.check(url), url).toThrow()
  expect(() => storage.checkOrigin('s3://photos/events')).toThrow('ALLOWED_ORIGINS')
  expect(() => storage.check('https://photos/a')).toThrow('ALLOWED_ORIGINS')
})

test('the server rejects a wrong secret', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'another'
  const { endpoint, region } = server
  const stranger = new Buckets({ buckets: ['photos'], endpoint, region })
  await expect(stranger.download('s3://photos/a', 10, signal)).rejects.toThrow(
    'SignatureDoesNotMatch',
  )
  process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey
})

test('the command line edits from bucket to bucket', { timeout: 60_000 }, async () => {
  const sample = new URL('../../../samples/balloon/photo.jpg', import.meta.url)
  const photo = await sharp(await readFile(sample))
    .resize(384)
    .jpeg()
    .toBuffer()
  await buckets.upload('s3://photos/balloon.jpg', photo, 'image/jpeg', signal)
  const env = { S3_BUCKETS: 'photos', S3_ENDPOINT: server.endpoint, S3_REGION: server.region }
  const args = [
    '--drag',
    '100,100:130,110',
    '--model',
    'embedded-fast',
    '--steps',
    '1',
    '--sam',
    'none',
  ]
  const out = 's3://photos/edited.webp'
  const { code, stderr } = await contextdrag(
    ['edit', 's3://photos/balloon.jpg', ...args, '--out', out],
    { env },
  )
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const edited = await buckets.download(out, 10_000_000, signal)
  expect(Buffer.from(edited.subarray(8, 12)).toString()).toBe('WEBP')
  const rejected = await contextdrag(['edit', 's3://elsewhere/a.jpg', ...args], { env })
  expect(rejected.code).not.toBe(0)
  expect(rejected.stderr).toContain('elsewhere is not one of the buckets in S3_BUCKETS')
})

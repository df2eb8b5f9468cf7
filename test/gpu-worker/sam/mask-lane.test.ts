import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Metrics } from '../../../gpu-worker/metrics.ts'
import { maskPng } from '../../../gpu-worker/photo/mask-png.ts'
import type { Runs } from '../../../gpu-worker/runs.ts'
import { type DownloadPhoto, MaskLane, runLengths } from '../../../gpu-worker/sam/mask-lane.ts'
import type { Prompt } from '../../../gpu-worker/sam/prompt.ts'
import { Sam } from '../../../gpu-worker/sam/sam.ts'
import { createServer } from '../../../gpu-worker/server.ts'
import type { MaskAnswer, MaskJob } from '../../../shared/mask-request.ts'
import { publicKey, signature } from '../../fixtures/signing.ts'

const URL_OF_PHOTO = 'https://edge.example.com/blobs/photo'
let sam: Sam
let photo: Buffer

beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../fixtures/golden/sam', import.meta.url))
  sam = await Sam.open(folder, { provider: 'cpu', threads: 1 })
  photo = await sharp({ create: { width: 200, height: 120, channels: 3, background: '#247' } })
    .composite([
      {
        left: 60,
        top: 30,
        input: { create: { width: 70, height: 60, channels: 3, background: '#fa3' } },
      },
    ])
    .png()
    .toBuffer()
})
afterAll(() => sam.close())

const open = async () => sam
const download: DownloadPhoto = async () => photo
const job = (change: Partial<MaskJob> = {}): MaskJob => ({
  image: URL_OF_PHOTO,
  points: [{ x: 90, y: 60, on: true }],
  box: null,
  mask: null,
  candidates: false,
  ...change,
})

/** The pixels of run lengths. */
function decoded({ size: [height, width], counts }: MaskAnswer['rle']): Uint8Array {
  const data = new Uint8Array(width * height)
  let at = 0
  counts.forEach((count, i) => {
    for (let n = 0; n < count; n++, at++)
      data[(at % height) * width + Math.floor(at / height)] = i % 2
  })
  return data
}

test('run lengths go by columns and start with zeros', () => {
  // 1 0
  // 1 1
  const data = Uint8Array.of(1, 0, 1, 1)
  expect(runLengths({ width: 2, height: 2, data })).toEqual({ size: [2, 2], counts: [0, 2, 1, 1] })
  expect(runLengths({ width: 2, height: 1, data: Uint8Array.of(0, 0) }).counts).toEqual([2])
})

describe('a mask', () => {
  test('is returned as PNG and as run lengths, at the size of the photo', async () => {
    const answer = await new MaskLane(open, download, maskPng).find(job())
    expect([answer.width, answer.height, answer.rle.size]).toEqual([200, 120, [120, 200]])
    const png = Buffer.from(answer.mask.split(',')[1] ?? '', 'base64')
    const grey = await sharp(png).greyscale().raw().toBuffer()
    expect(decoded(answer.rle)).toEqual(Uint8Array.from(grey, (value) => (value > 127 ? 1 : 0)))
    expect(typeof answer.score).toBe('number')
  })

  test('of a box is asked of SAM as a box', async () => {
    const asked: Prompt[] = []
    const spy = Object.assign(Object.create(sam) as Sam, {
      sizeOf: () => sam.sizeOf(photo),
      find: (_: Uint8Array, prompt: Prompt) => {
        asked.push(prompt)
        return sam.find(photo, { points: [{ x: 1, y: 1, on: true }], box: null })
      },
    })
    const box = { left: 100, top: 0, width: 100, height: 40 }
    await new MaskLane(async () => spy, download, maskPng).find(job({ points: [], box }))
    expect(asked).toEqual([{ points: [], box }])
  })

  test('comes with candidates if they are asked for, smallest first', async () => {
    const lane = new MaskLane(open, download, maskPng)
    expect((await lane.find(job())).candidates).toBeUndefined()
    const { candidates = [], mask, score } = await lane.find(job({ candidates: true }))
    expect(candidates.length).toBeGreaterThan(1)
    expect(candidates).toContainEqual({ mask, score })
    expect(Math.max(...candidates.map((one) => one.score))).toBe(score)
    const whites = await Promise.all(
      candidates.map(async (one) => {
        const png = Buffer.from(one.mask.split(',')[1] ?? '', 'base64')
        const grey = await sharp(png).greyscale().raw().toBuffer()
        return grey.reduce((sum, value) => sum + (value > 127 ? 1 : 0), 0)
      }),
    )
    expect(whites).toEqual(whites.toSorted((one, other) => one - other))
  })

  test('that is rough is refined, and one of another shape is rejected', async () => {
    const lane = new MaskLane(open, download, maskPng)
    const rough = async (width: number, height: number) => {
      const data = new Uint8Array(width * height)
      for (let y = height / 4; y < (3 * height) / 4; y++)
        data.fill(1, y * width + 20, y * width + 60)
      return Buffer.from(await maskPng({ width, height, data })).toString('base64')
    }
    const refined = await lane.find(job({ points: [], mask: await rough(100, 60) }))
    expect([refined.width, refined.height, refined.score]).toEqual([100, 60, null])
    await expect(lane.find(job({ points: [], mask: await rough(100, 100) }))).rejects.toMatchObject(
      {
        code: 'mask_size_mismatch',
      },
    )
  })

  test('of points or a box outside the photo is rejected', async () => {
    const lane = new MaskLane(open, download, maskPng)
    await expect(lane.find(job({ points: [{ x: 201, y: 5, on: true }] }))).rejects.toMatchObject({
      code: 'invalid_option',
      pointer: '/points/0',
    })
    const box = { left: 150, top: 0, width: 60, height: 10 }
    await expect(lane.find(job({ points: [], box }))).rejects.toMatchObject({ pointer: '/box' })
  })

  test('waits in a queue; a full queue responds with Retry-After, and a failure does not stop the next', async () => {
    let running = 0
    let most = 0
    let fail = true
    const slow: DownloadPhoto = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running--
      if (!fail) return photo
      fail = false
      throw new Error('the photo is gone')
    }
    const lane = new MaskLane(open, slow, maskPng)
    const asked = Array.from({ length: 10 }, () => lane.find(job()))
    const ended = await Promise.allSettled(asked)
    expect(ended.map(({ status }) => status)).toEqual([
      'rejected',
      ...Array(7).fill('fulfilled'),
      ...Array(2).fill('rejected'),
    ])
    expect(ended.at(-1)).toMatchObject({ reason: { code: 'conflict', retryAfter: 1 } })
    expect(most).toBe(1)
    await lane.idle()
  })
})

describe('over HTTP', () => {
  const server = (masks: MaskLane | null) =>
    createServer(
      {
        runs: {} as Runs,
        masks,
        checkpoints: {},
        health: { provider: 'cpu', models: [], versions: {} },
      },
      [publicKey],
      new Metrics(() => false),
    )
  const ask = (masks: MaskLane | null, body: string, header = signature('MASK', 'm1', body)) =>
    server(masks).request('/v1/masks/m1', {
      method: 'POST',
      headers: { 'run-signature': header },
      body,
    })

  test('requests without a signature of the edge are rejected', async () => {
    const lane = new MaskLane(open, download, maskPng)
    const body = JSON.stringify(job())
    expect((await ask(lane, body)).status).toBe(200)
    expect((await ask(lane, body, signature('PUT', 'm1', body))).status).toBe(401)
    expect((await ask(lane, body, 'v1;1;x')).status).toBe(401)
    expect((await ask(lane, '{"image":1}')).status).toBe(400)
  })

  test('a worker without a segmenter responds with an error', async () => {
    const answer = await ask(null, JSON.stringify(job()))
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'model_unavailable' }])
  })
})

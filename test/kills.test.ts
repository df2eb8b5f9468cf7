/**
 * Many edits at once through two real processes, one of which is killed several times on the way:
 * in one pair the worker, in another the edge. Everything ends, the books balance, and every picture
 * is its own.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Stack } from '../infra/stack.ts'
import { prepareStack, type TestStack } from './fixtures/servers/test-stack.ts'
import { sized } from './size.ts'

const EDITS = sized(16, 100)
const KILLS = sized(2, 10)
const MUST_SUCCEED = Math.floor(0.97 * EDITS)
const SIDE = 96
const BALANCE = 1_000_000
const REQUEST_MS = 45_000

type View = {
  id: string
  status: string
  charged?: number
  price: { amount: number }
  result?: { url: string }
}

async function startStack(): Promise<TestStack> {
  const edgeVars = { DISPATCH_SECONDS: '900', RUN_SECONDS: '20', POLL_SECONDS: '1' }
  // While a half is down, the other may say so, and nothing else.
  const opened = await prepareStack({ workerEnv: { MODELS: 'instant' }, edgeVars }, ['503'])
  await opened.stack.start()
  return opened
}

/** A photo like no other: its colour is its number. */
async function photo(number: number): Promise<{ bytes: Uint8Array; colour: number[] }> {
  const colour = [20 + number, 220 - number, (37 * number) % 200]
  const [r = 0, g = 0, b = 0] = colour
  const square = await sharp({
    create: { width: 24, height: 24, channels: 3, background: 'white' },
  })
    .png()
    .toBuffer()
  const bytes = await sharp({
    create: { width: SIDE, height: SIDE, channels: 3, background: { r, g, b } },
  })
    .composite([{ input: square, left: 20, top: 20 }])
    .png()
    .toBuffer()
  return { bytes, colour }
}

/**
 * Retries until there is a response, under the same Idempotency-Key, after longer and longer pauses,
 * and no sooner than it was told: what a careful client does.
 */
async function insist(stack: Stack, path: string, init: () => RequestInit): Promise<Response> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await inTime(async (signal) => {
      const started = await fetch(`${stack.origin}${path}`, { ...init(), signal })
      // Read to the last byte: the process may be killed in the middle.
      return new Response(await started.arrayBuffer(), started)
    })
    const again =
      response === null || response.status >= 500 || [409, 429].includes(response.status)
    if (!again) return response
    const told = 1000 * Number(response?.headers.get('retry-after') ?? 0)
    const longer = 300 * 2 ** Math.min(attempt, 5)
    await sleep(Math.min(10_000, Math.max(longer, told)))
  }
  throw new Error(`${path} was not answered`)
}

/**
 * Null where the request fails or takes too long. The timer decides, not the request: a fetch from a
 * process that was killed has been seen to neither fail nor be aborted by its signal.
 */
async function inTime(
  request: (signal: AbortSignal) => Promise<Response>,
): Promise<Response | null> {
  const abort = new AbortController()
  const late = sleep(REQUEST_MS, null, { signal: abort.signal }).catch(() => null)
  try {
    return await Promise.race([request(abort.signal).catch(() => null), late])
  } finally {
    abort.abort()
  }
}

async function oneEdit(
  stack: Stack,
  number: number,
  key: string,
): Promise<{ view: View; colour: number[] }> {
  const { bytes, colour } = await photo(number)
  const idempotency = crypto.randomUUID()
  const form = () => {
    const data = new FormData()
    data.append('image', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'photo.png')
    data.append('model', 'instant')
    data.append('drags', JSON.stringify([{ handle: { x: 32, y: 32 }, target: { x: 64, y: 60 } }]))
    return data
  }
  const authorization = `Bearer ${key}`
  const created = await insist(stack, '/v1/edits', () => ({
    method: 'POST',
    body: form(),
    headers: { authorization, 'idempotency-key': idempotency },
  }))
  if (created.status !== 202) throw new Error(`${created.status}: ${await created.text()}`)
  const { id } = (await created.json()) as View
  for (;;) {
    const answer = await insist(stack, `/v1/edits/${id}`, () => ({
      headers: { authorization, prefer: 'wait=15' },
    }))
    const view = (await answer.json()) as View
    if (['succeeded', 'failed', 'canceled', 'expired'].includes(view.status))
      return { view, colour }
  }
}

async function books(stack: Stack, account: string) {
  const answer = await insist(stack, `/admin/accounts/${account}`, () => ({
    headers: { authorization: `Bearer ${stack.secrets.OPERATOR_TOKEN}` },
  }))
  return (await answer.json()) as { balance: number; sum: number; held: number }
}

async function run(stack: Stack, name: string, kill: () => Promise<void>): Promise<void> {
  const { account, key } = await stack.openAccount(name, 'live', BALANCE)
  let open = EDITS
  const edits = Promise.all(
    Array.from({ length: EDITS }, (_, number) =>
      oneEdit(stack, number, key).finally(() => {
        open--
      }),
    ),
  )
  let kills = 0
  const killing = (async () => {
    for (; kills < KILLS; kills++) {
      // Spread over the work there is: one more tenth is done before each.
      while (open > EDITS - ((kills + 1) * EDITS) / (KILLS + 2)) await sleep(20)
      await kill()
    }
  })()
  const [done] = await Promise.all([edits, killing])
  expect(kills).toBe(KILLS)

  const succeeded = done.filter(({ view }) => view.status === 'succeeded')
  const statuses = done.map(({ view }) => view.status)
  expect(succeeded.length, JSON.stringify(statuses)).toBeGreaterThanOrEqual(MUST_SUCCEED)
  expect(new Set(done.map(({ view }) => view.id)).size).toBe(EDITS)
  for (const { view, colour } of succeeded) {
    const answer = await insist(
      stack,
      new URL(view.result?.url ?? '').pathname + new URL(view.result?.url ?? '').search,
      () => ({}),
    )
    const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer()))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([SIDE, SIDE])
    // The corner lies outside the edit region: its bits are the photo's.
    expect([...data.subarray(0, 3)]).toEqual(colour)
  }
  const charged = done.reduce((sum, { view }) => sum + (view.charged ?? 0), 0)
  const price = done[0]?.view.price.amount ?? 0
  expect(charged).toBe(price * succeeded.length)
  for (let waited = 0; (await books(stack, account)).held > 0 && waited < 100; waited++)
    await sleep(200)
  expect(await books(stack, account)).toMatchObject({
    balance: BALANCE - charged,
    sum: BALANCE - charged,
    held: 0,
  })
  process.stdout.write(
    `${name}: ${succeeded.length} of ${EDITS} succeeded, ${KILLS} kills, ${charged} charged\n`,
  )
}

test('the worker is killed', { timeout: 900_000, concurrent: true }, async () => {
  const { stack, close } = await startStack()
  await run(stack, 'worker', async () => {
    await stack.stopWorker('SIGKILL')
    await stack.startWorker()
  }).finally(close)
})

test('the edge is killed', { timeout: 900_000, concurrent: true }, async () => {
  const { stack, close } = await startStack()
  await run(stack, 'edge', async () => {
    await stack.stopEdge('SIGKILL')
    await stack.startEdge()
  }).finally(close)
})

/**
 * `node test/bench/load.ts`: what free work does to paying work, in one run. Live edits are timed one
 * after another on an idle service, then while test accounts do what they may at most: one keeps edits
 * of the most work running, the others fill the queue and ask for more as fast as they are let. There is
 * one slot, as in a fresh installation.
 */

import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { freePort, Stack } from '../../infra/stack.ts'

const samples = fileURLToPath(new URL('../../samples/', import.meta.url))
const print = (line: string) => process.stdout.write(`${line}\n`)
const BALANCE = 1_000_000_000
/** Live edits that are timed in each half. */
const TIMED = 7
/** Test accounts that fill the queue. */
const FLOODERS = 10
/** Pause of a flooder that was told to wait: shorter than it was told. */
const IMPATIENT_MS = 500
/** How long the flood fills the queue before live edits are timed again. */
const FILL_MS = 20_000

type Order = { readonly fields: object; readonly photo: Uint8Array }
/** An edit or a problem, whichever the edge answers with. */
type Answer = { readonly id?: string; readonly status: string | number; readonly code?: string }

async function send(origin: string, key: string, { fields, photo }: Order): Promise<Answer> {
  const form = new FormData()
  form.set('image', new Blob([Uint8Array.from(photo)]), 'photo')
  for (const [name, value] of Object.entries(fields))
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  const response = await fetch(`${origin}/v1/edits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID() },
    body: form,
  })
  return (await response.json()) as Answer
}

/** Milliseconds from the request to the result. @throws Error unless the edit succeeds */
async function timeOf(origin: string, key: string, order: Order): Promise<number> {
  const start = performance.now()
  let edit = await send(origin, key, order)
  while (['queued', 'dispatching', 'running', 'storing'].includes(String(edit.status))) {
    const headers = { authorization: `Bearer ${key}`, prefer: 'wait=60' }
    const response = await fetch(`${origin}/v1/edits/${edit.id}`, { headers })
    edit = (await response.json()) as Answer
  }
  if (edit.status !== 'succeeded') throw new Error(`a live edit ended as ${JSON.stringify(edit)}`)
  return performance.now() - start
}

async function timesOf(origin: string, key: string, order: Order): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < TIMED; i++) {
    times.push(await timeOf(origin, key, order))
    // The next test run gets the slot meanwhile.
    await sleep(1500)
  }
  return times.sort((a, b) => a - b)
}

const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
const shown = (sorted: readonly number[]) =>
  `median ${Math.round(middle(sorted))} ms, slowest ${Math.round(sorted.at(-1) ?? 0)} ms`

const folder = await mkdtemp(join(tmpdir(), 'contextdrag-load-'))
const stack = await Stack.prepare({
  secretsFile: join(folder, 'secrets.env'),
  stateFolder: join(folder, 'state'),
  edgePort: await freePort(),
  workerPort: await freePort(),
  // Edge and worker share this machine's cores, as they do nowhere else: one is the worker's.
  workerEnv: { THREADS: '1' },
})
const { origin } = stack
const photo = await readFile(join(samples, 'balloon/photo.jpg'))
const small = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#345' } })
  .png()
  .toBuffer()
const drags = JSON.parse(await readFile(join(samples, 'balloon/drags.json'), 'utf8'))
const live: Order = { photo, fields: { model: 'embedded', drags } }
/** Close to the work that a test key may ask for: sixteen passes at the largest size. */
const long: Order = { photo, fields: { model: 'embedded', drags, steps: 8, trueGuidance: 1.1 } }
const smallDrags = [{ handle: { x: 20, y: 30 }, target: { x: 45, y: 30 } }]
const many: Order = {
  photo: small,
  fields: { model: 'embedded-fast', drags: smallDrags, steps: 50, trueGuidance: 1.1 },
}

let over = false
const answers = new Map<string, number>()

/** Asks for edits until the end; an error makes it pause for a moment. */
async function flood(key: string, order: Order): Promise<void> {
  while (!over) {
    const { code = 'accepted' } = await send(origin, key, order)
    answers.set(code, (answers.get(code) ?? 0) + 1)
    if (code !== 'accepted') await sleep(IMPATIENT_MS)
  }
}

async function queue(): Promise<{ readonly waiting: number; readonly taken: number }> {
  const response = await fetch(`${origin}/admin/providers`, {
    headers: { authorization: `Bearer ${stack.secrets.OPERATOR_TOKEN}` },
  })
  const { providers } = (await response.json()) as {
    providers: { waiting: number; taken: number }[]
  }
  return providers[0] ?? { waiting: 0, taken: 0 }
}

try {
  await stack.start()
  const { key } = await stack.openAccount('paying', 'live', BALANCE)
  for (let i = 0; i < 3; i++) await timeOf(origin, key, live)
  const idle = await timesOf(origin, key, live)
  print(`idle:   ${shown(idle)}`)
  const keys = await Promise.all(
    Array.from({ length: FLOODERS + 1 }, (_, i) => stack.openAccount(`free ${i}`, 'test', 0)),
  )
  const floods = keys.map((free, i) => flood(free.key, i === 0 ? long : many))
  await sleep(FILL_MS)
  const before = await queue()
  const loaded = await timesOf(origin, key, live)
  const after = await queue()
  over = true
  await Promise.all(floods)
  print(`loaded: ${shown(loaded)}, with ${before.waiting} to ${after.waiting} edits in the queue`)
  print(`        test accounts: ${[...answers].map(([what, n]) => `${n} ${what}`).join(', ')}`)
  print(`ratio of the medians: ${(middle(loaded) / middle(idle)).toFixed(2)}`)
} finally {
  await stack.stop()
}

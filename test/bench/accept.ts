/**
 * Accepting an edit (key, idempotency, plan, hold, photo and rows stored) beside a bare answer and a
 * bare write of an object, alternating in one run: serial, and 32 at a time. What follows an accept
 * (an object of its own, a place in the queue) is waited for before the next is measured, and
 * counted apart. The worker is one that is always busy.
 */

import { mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { freePort, Stack, wranglerDev } from '../../infra/stack.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const SERIAL = 60
const PARALLEL = 32
/** Requests of each of the parallel clients. */
const BURST = 4
const ROUNDS = 4

/** Something to measure; `settle` waits for what it leaves behind. */
type Subject = { readonly send: () => Promise<Response>; readonly settle?: () => Promise<void> }
type Timing = {
  readonly p50: number
  readonly perSecond: number
  readonly settledPerSecond: number
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

async function once({ send }: Subject): Promise<number> {
  const start = performance.now()
  const answer = await send()
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the benchmark was answered with ${answer.status}: ${text}`)
  return performance.now() - start
}

/** So many requests from each of the parallel clients. */
async function burst(subject: Subject, requests: number): Promise<void> {
  const clients = Array.from({ length: PARALLEL }, async () => {
    for (let i = 0; i < requests; i++) await once(subject)
  })
  await Promise.all(clients)
}

async function measure<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
): Promise<Record<Name, Timing>> {
  const named = Object.entries<Subject>(subjects)
  const taken = new Map(
    named.map(([name]) => [name, { serial: [], rate: [], settled: [] } as Series]),
  )
  // Twice what a round takes, so that what is measured is compiled.
  for (const [, subject] of named) {
    await burst(subject, 2 * BURST)
    await subject.settle?.()
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, subject] of named) {
      const { serial, rate, settled } = taken.get(name) as Series
      for (let i = 0; i < SERIAL / ROUNDS; i++) serial.push(await once(subject))
      await subject.settle?.()
      const start = performance.now()
      const perSecond = () => (BURST * PARALLEL * 1000) / (performance.now() - start)
      await burst(subject, BURST)
      rate.push(perSecond())
      await subject.settle?.()
      settled.push(perSecond())
    }
  const timing = ({ serial, rate, settled }: Series): Timing => ({
    p50: median(serial),
    perSecond: median(rate),
    settledPerSecond: median(settled),
  })
  return Object.fromEntries([...taken].map(([name, series]) => [name, timing(series)])) as Record<
    Name,
    Timing
  >
}

type Series = { readonly serial: number[]; readonly rate: number[]; readonly settled: number[] }

/** A worker that has no slot for anybody. */
async function busyWorker(port: number): Promise<Server> {
  const server = createServer((request, answer) => {
    request.resume()
    answer.writeHead(409, { 'retry-after': '60' }).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

/** Prints a line for each, with its ratio to the bare write. */
export async function benchAccept(print: (line?: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-bench-accept-'))
  const port = await freePort()
  const floor = wranglerDev({
    script: join(here, 'floor-worker.ts'),
    config: join(here, 'accept.wrangler.toml'),
    port,
    args: ['--persist-to', join(folder, 'floor')],
  })
  const workerPort = await freePort()
  let worker: Server | null = null
  const stack = await Stack.prepare({
    secretsFile: join(folder, 'secrets.env'),
    stateFolder: join(folder, 'state'),
    edgePort: await freePort(),
    workerPort,
    edgeVars: { RATE_PER_MINUTE: '1000000', DISPATCH_SECONDS: '100000' },
  })
  try {
    const hello = `http://127.0.0.1:${port}/hello`
    await Promise.all([floor.ready(hello), stack.start()])
    const { key } = await stack.openAccount('bench', 'live', 1_000_000_000)
    const photo = await sharp({
      create: { width: 512, height: 512, channels: 3, background: '#357' },
    })
      .jpeg()
      .toBuffer()
    const body = JSON.stringify({
      image: `data:image/jpeg;base64,${photo.toString('base64')}`,
      drags: [{ handle: { x: 200, y: 200 }, target: { x: 300, y: 260 } }],
      model: 'embedded-fast',
    })
    const create = () =>
      fetch(`${stack.origin}/v1/edits`, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${key}`,
          'idempotency-key': crypto.randomUUID(),
          'content-type': 'application/json',
        },
      })
    // Until one edit has ended, no more are accepted than could be run one after another at worst.
    await ended(key, await create())
    await stack.stopWorker()
    worker = await busyWorker(workerPort)
    let accepted = 0
    const timings = await measure({
      hello: { send: () => fetch(hello) },
      'one write': { send: () => fetch(`http://127.0.0.1:${port}/write`, { method: 'POST' }) },
      accept: {
        send: () => {
          accepted++
          return create()
        },
        settle: async () => {
          for (let queued = 0; queued < accepted; await sleep(20)) queued = await queuedAt(stack)
        },
      },
    })
    const write = timings['one write']
    print('accept: 512 x 512 pixels, one drag, a photo of its own stored each time')
    for (const [name, { p50, perSecond }] of Object.entries(timings))
      print(
        `  ${name.padEnd(10)} ${p50.toFixed(1).padStart(6)} ms (${(p50 / write.p50).toFixed(2)} x)   ${perSecond.toFixed(0).padStart(5)} per s at ${PARALLEL} (${(perSecond / write.perSecond).toFixed(2)} x)`,
      )
    const { settledPerSecond } = timings.accept
    print(
      `  with an object and a place in the queue for each: ${settledPerSecond.toFixed(0)} per s`,
    )
  } finally {
    worker?.close()
    await Promise.all([stack.stop(), floor.stop()])
  }
}

/** Waits until an edit has its result. */
async function ended(key: string, created: Response): Promise<void> {
  const { urls } = (await created.json()) as { urls: { self: string } }
  for (let status = 'queued'; status !== 'succeeded'; await sleep(50)) {
    const answer = await fetch(urls.self, { headers: { authorization: `Bearer ${key}` } })
    ;({ status } = (await answer.json()) as { status: string })
    if (['failed', 'expired'].includes(status)) throw new Error(`the first edit has ${status}`)
  }
}

/** Edits that have an object and wait at the provider, or have its slot. */
async function queuedAt(stack: Stack): Promise<number> {
  const answer = await fetch(`${stack.origin}/admin/providers`, {
    headers: { authorization: `Bearer ${stack.secrets.OPERATOR_TOKEN}` },
  })
  const { providers } = (await answer.json()) as {
    providers: { readonly waiting: number; readonly taken: number }[]
  }
  return providers.reduce((sum, { waiting, taken }) => sum + waiting + taken, 0)
}

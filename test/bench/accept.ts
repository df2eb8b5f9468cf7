/**
 * Accepting an edit (key, idempotency, plan, hold, photo and rows stored) beside a bare answer, a
 * bare write of an object, and what no accept can do without, alternating in one run: serial, and 32 at a
 * time, with the processor time of all of wrangler's processes. What follows an accept (an object of its
 * own, a place in the queue) is waited for before the next is measured, and counted apart. The worker is
 * one that is always busy.
 */

import { mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { freePort, Stack, wranglerDev } from '../../infra/stack.ts'
import { processorMs } from './processor-time.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const SERIAL = 60
const PARALLEL = 32
/** Requests of each of the parallel clients. */
const BURST = 4
const ROUNDS = 4

/** Something to measure; `settle` waits for what it leaves behind. */
type Subject = {
  readonly send: () => Promise<Response>
  readonly settle?: () => Promise<void>
  /** The process group that serves it. */
  readonly group: () => number
}
/** What is measured in each round; processor times are milliseconds per request of a burst. */
const MEASURED = ['serial', 'rate', 'settled', 'processor', 'settledProcessor'] as const
type Series = Record<(typeof MEASURED)[number], number[]>
type Timing = Record<(typeof MEASURED)[number], number>

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
  const seriesOf = new Map(
    named.map(([name]) => [
      name,
      { serial: [], rate: [], settled: [], processor: [], settledProcessor: [] } as Series,
    ]),
  )
  // Twice what a round takes, so that what is measured is compiled.
  for (const [, subject] of named) {
    await burst(subject, 2 * BURST)
    await subject.settle?.()
  }
  const requests = BURST * PARALLEL
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, subject] of named) {
      const series = seriesOf.get(name) as Series
      for (let i = 0; i < SERIAL / ROUNDS; i++) series.serial.push(await once(subject))
      await subject.settle?.()
      const before = await processorMs(subject.group())
      const start = performance.now()
      const perSecond = () => (requests * 1000) / (performance.now() - start)
      const perRequest = async () => ((await processorMs(subject.group())) - before) / requests
      await burst(subject, BURST)
      series.rate.push(perSecond())
      series.processor.push(await perRequest())
      await subject.settle?.()
      series.settled.push(perSecond())
      series.settledProcessor.push(await perRequest())
    }
  const timings = [...seriesOf].map(([name, series]) => [
    name,
    Object.fromEntries(MEASURED.map((what) => [what, median(series[what])])),
  ])
  return Object.fromEntries(timings) as Record<Name, Timing>
}

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
    const post = (path: string) => () =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body })
    const bare = () => floor.pid
    const timings = await measure({
      hello: { send: () => fetch(hello), group: bare },
      'one write': {
        send: () => fetch(`http://127.0.0.1:${port}/write`, { method: 'POST' }),
        group: bare,
      },
      'body, photo, write, log line': { send: post('/store'), group: bare },
      accept: {
        send: () => {
          accepted++
          return create()
        },
        settle: async () => {
          for (let queued = 0; queued < accepted; await sleep(100)) queued = await queuedAt(stack)
        },
        group: () => stack.edgePid,
      },
    })
    const write = timings['one write']
    print('accept: 512 x 512 pixels, one drag, a photo of its own stored each time')
    const ratio = (value: number, of: number) => `(${(value / of).toFixed(2)} x)`
    for (const [name, { serial, rate, processor }] of Object.entries(timings))
      print(
        `  ${name.padEnd(28)} ${serial.toFixed(1).padStart(6)} ms ${ratio(serial, write.serial)}   ${rate.toFixed(0).padStart(5)} per s at ${PARALLEL} ${ratio(rate, write.rate)}   ${processor.toFixed(1).padStart(5)} ms of processor time ${ratio(processor, write.processor)}`,
      )
    const { settled, settledProcessor } = timings.accept
    print(
      `  accept, with an object and a place in the queue for each: ${settled.toFixed(0)} per s, ${settledProcessor.toFixed(1)} ms of processor time`,
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

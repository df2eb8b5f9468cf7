/**
 * Accepting an edit (key, idempotency, plan, hold, photo and rows stored) beside a bare answer and a
 * bare write of an object, alternating in one run: serial, and 32 at a time.
 */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { freePort, Stack, wranglerDev } from '../../infra/stack.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const SERIAL = 60
const PARALLEL = 32
const ROUNDS = 4

type Send = () => Promise<Response>
type Timing = { readonly p50: number; readonly perSecond: number }

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

async function once(send: Send): Promise<number> {
  const start = performance.now()
  const answer = await send()
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`the benchmark was answered with ${answer.status}`)
  return performance.now() - start
}

async function measure(sends: Readonly<Record<string, Send>>): Promise<Record<string, Timing>> {
  const serial = new Map<string, number[]>()
  const rates = new Map<string, number[]>()
  for (const send of Object.values(sends)) for (let i = 0; i < 10; i++) await once(send)
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, send] of Object.entries(sends)) {
      for (let i = 0; i < SERIAL / ROUNDS; i++)
        serial.set(name, [...(serial.get(name) ?? []), await once(send)])
      const start = performance.now()
      const workers = Array.from({ length: PARALLEL }, async () => {
        for (let i = 0; i < 3; i++) await once(send)
      })
      await Promise.all(workers)
      const rate = (3 * PARALLEL * 1000) / (performance.now() - start)
      rates.set(name, [...(rates.get(name) ?? []), rate])
    }
  return Object.fromEntries(
    Object.keys(sends).map((name) => [
      name,
      { p50: median(serial.get(name) ?? []), perSecond: median(rates.get(name) ?? []) },
    ]),
  )
}

/** Prints a line for each, with its ratio to the bare write. */
export async function benchAccept(print: (line?: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-bench-accept-'))
  const port = await freePort()
  const floor = wranglerDev({
    ...{ script: join(here, 'floor-worker.ts'), config: join(here, 'accept.wrangler.toml'), port },
    args: ['--persist-to', join(folder, 'floor')],
  })
  const stack = await Stack.prepare({
    ...{ secretsFile: join(folder, 'secrets.env'), stateFolder: join(folder, 'state') },
    ...{ edgePort: await freePort(), workerPort: await freePort() },
    edgeVars: { RATE_PER_MINUTE: '1000000' },
  })
  try {
    const hello = `http://127.0.0.1:${port}/hello`
    await Promise.all([floor.ready(hello), stack.startEdge()])
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
    const timings = await measure({
      hello: () => fetch(hello),
      'one write': () => fetch(`http://127.0.0.1:${port}/write`, { method: 'POST' }),
      accept: () =>
        fetch(`${stack.origin}/v1/edits`, {
          method: 'POST',
          body,
          headers: {
            authorization: `Bearer ${key}`,
            'idempotency-key': crypto.randomUUID(),
            'content-type': 'application/json',
          },
        }),
    })
    const write = timings['one write'] as Timing
    print('accept: 512 x 512 pixels, one drag, a photo of its own stored each time')
    for (const [name, { p50, perSecond }] of Object.entries(timings))
      print(
        `  ${name.padEnd(10)} ${p50.toFixed(1).padStart(6)} ms (${(p50 / write.p50).toFixed(2)} x)   ${perSecond.toFixed(0).padStart(5)} per s at ${PARALLEL} (${(perSecond / write.perSecond).toFixed(2)} x)`,
      )
  } finally {
    await Promise.all([stack.stop(), floor.stop()])
  }
}

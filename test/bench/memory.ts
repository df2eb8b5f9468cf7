/**
 * `node test/bench/memory.ts`: how much memory workerd takes for large requests that come together, on
 * Linux. Each case has a process of its own, because memory that was used once is not given back. The
 * local bucket lives in the same process, so what is stored counts too.
 */

import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, Stack } from '../../infra/stack.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)
const BALANCE = 1_000_000_000
const TOGETHER = 12
const IHDR = '89504e470d0a1a0a0000000d4948445200000400000003000802000000'
const drags = [{ handle: { x: 206, y: 190 }, target: { x: 300, y: 160 } }]

/** A file that begins as a PNG of 1024x768. */
function picture(bytes: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(bytes).fill(7)
  file.set(Buffer.from(IHDR, 'hex'))
  new DataView(file.buffer).setUint32(33, bytes - 45)
  file.set(Buffer.from('IDAT'), 37)
  return file
}

const large = picture(19_900_000)
const dataUrl = `data:image/png;base64,${Buffer.from(picture(4_420_000)).toString('base64')}`

type Edge = { readonly origin: string; readonly key: string; readonly upload: string }
type Send = (edge: Edge) => Promise<string>

async function post({ origin, key }: Omit<Edge, 'upload'>, path: string, body: object) {
  const form = body instanceof FormData
  const response = await fetch(origin + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'idempotency-key': randomUUID(),
      ...(!form && { 'content-type': 'application/json' }),
    },
    body: form ? body : JSON.stringify(body),
  })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

const told = async (answer: ReturnType<typeof post>) => {
  const { status, json } = await answer
  return `${status} ${json.code ?? ''}`.trim()
}

async function upload(edge: Omit<Edge, 'upload'>): Promise<{ id: string; status: number }> {
  const file = { contentType: 'image/png', bytes: large.length }
  const { json } = await post(edge, '/v1/uploads', file)
  const headers = json.headers as Record<string, string>
  const { status } = await fetch(String(json.url), { method: 'PUT', headers, body: large })
  return { id: String(json.id), status }
}

function form(bytes: number): FormData {
  const fields = new FormData()
  fields.set('image', new Blob([picture(bytes)]), 'photo.png')
  fields.set('drags', JSON.stringify(drags))
  fields.set('model', 'embedded-fast')
  return fields
}

function casesWith(photoUrl: string): [what: string, count: number, send: Send][] {
  const edit = (edge: Edge, image: unknown) =>
    told(post(edge, '/v1/edits', { image, drags, model: 'embedded-fast' }))
  const ofForm: Send = (edge) => told(post(edge, '/v1/edits', form(9_900_000)))
  const ofJson: Send = (edge) => edit(edge, dataUrl)
  const image = { width: 1024, height: 768 }
  return [
    ['form of 9.9 MB', 1, ofForm],
    ['form of 9.9 MB', TOGETHER, ofForm],
    ['JSON of 5.9 MB', 1, ofJson],
    ['JSON of 5.9 MB', TOGETHER, ofJson],
    [
      'plan with a mask of 5.9 MB',
      TOGETHER,
      (edge) => told(post(edge, '/v1/plan', { image, drags, mask: dataUrl })),
    ],
    ['upload of 19.9 MB', TOGETHER, async (edge) => String((await upload(edge)).status)],
    ['edit of such an upload', TOGETHER, (edge) => edit(edge, { upload: edge.upload })],
    ['edit of a URL with 19.9 MB', TOGETHER, (edge) => edit(edge, photoUrl)],
  ]
}

/** Processes of workerd that this one started, and their resident megabytes. */
async function residentOf(): Promise<Map<string, number>> {
  const parents = new Map<string, string>()
  const found = new Map<string, number>()
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    parents.set(pid, /PPid:\s+(\d+)/.exec(status)?.[1] ?? '0')
    const resident = /VmRSS:\s+(\d+)/.exec(status)?.[1]
    if (/Name:\s+workerd/.test(status)) found.set(pid, Math.round(Number(resident) / 1000))
  }
  const isOurs = (pid: string): boolean =>
    pid === String(process.pid) || (parents.has(pid) && isOurs(parents.get(pid) ?? ''))
  return new Map([...found].filter(([pid]) => isOurs(pid)))
}

async function measure(what: string, count: number, send: Send, stack: Stack): Promise<void> {
  await stack.startEdge()
  const { key } = await stack.openAccount('memory', 'live', BALANCE)
  const edge = { origin: stack.origin, key, upload: '' }
  if (what.includes('such an upload')) {
    edge.upload = (await upload(edge)).id
    await stack.stopEdge()
    await stack.startEdge()
  }
  // Code is loaded with the first request.
  await post(edge, '/v1/edits', form(100_000))
  await sleep(1500)
  const before = await residentOf()
  const most = new Map(before)
  const polling = new AbortController()
  const polls = (async () => {
    while (!polling.signal.aborted) {
      for (const [pid, now] of await residentOf()) most.set(pid, Math.max(now, most.get(pid) ?? 0))
      await sleep(15)
    }
  })()
  const start = Date.now()
  const answers = await Promise.all(Array.from({ length: count }, () => send(edge)))
  const seconds = ((Date.now() - start) / 1000).toFixed(1)
  polling.abort()
  await polls
  const grown = Math.max(...[...most].map(([pid, now]) => now - (before.get(pid) ?? 0)))
  const tally = [...new Set(answers)].map(
    (answer) => `${answers.filter((other) => other === answer).length} x ${answer}`,
  )
  print(`${`${count} x ${what}`.padEnd(34)} +${grown} MB in ${seconds} s: ${tally.join(', ')}`)
  await stack.stopEdge()
}

const host = createServer((_, response) => {
  response.setHeader('content-type', 'image/png')
  response.setHeader('content-length', large.length)
  response.end(large)
})
await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
const hostOrigin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
const folder = await mkdtemp(join(tmpdir(), 'memory-'))
for (const [what, count, send] of casesWith(`${hostOrigin}/photo`)) {
  const stack = await Stack.prepare({
    secretsFile: join(folder, 'secrets.env'),
    stateFolder: join(folder, randomUUID()),
    edgePort: await freePort(),
    workerPort: await freePort(),
    edgeVars: { ALLOWED_PRIVATE_ORIGINS: hostOrigin, DISPATCH_SECONDS: '600' },
  })
  await measure(what, count, send, stack)
}
host.close()

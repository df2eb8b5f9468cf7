/**
 * The clients in Python and for the JVM: their own suites, then each against edge and worker as
 * processes. Programs are killed at every moment of a create, and others resume what they began.
 * A language whose tools or packages are not on this machine is skipped.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Stack } from '../../../infra/stack.ts'
import type { Drag } from '../../../shared/drag.ts'
import { readSample, type Sample } from '../../fixtures/pictures.ts'
import { prepareStack, type TestStack } from '../../fixtures/servers/test-stack.ts'
import { type Trip, Tripwire } from '../../fixtures/servers/tripwire.ts'

const at = (path: string) => fileURLToPath(new URL(`../../../clients/${path}`, import.meta.url))

type Ended = {
  readonly status: number | null
  readonly signal: string | null
  readonly text: string
}
type Program = { readonly child: ChildProcess; readonly end: Promise<Ended> }

function start(command: readonly string[], env: Record<string, string>, cwd?: string): Program {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  const end = new Promise<Ended>((resolve, reject) =>
    child
      .once('error', reject)
      .once('close', (status, signal) => resolve({ status, signal, text })),
  )
  return { child, end }
}

const run = (command: readonly string[], env: Record<string, string> = {}, cwd?: string) =>
  start(command, env, cwd).end

const isHere = (command: string) =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

type Language = {
  readonly name: string
  /** What must be on this machine. */
  readonly tools: readonly string[]
  /** Runs the client's own suite, and prepares its program. */
  readonly suite: () => Promise<Ended>
  /** What runs the program that `drive.py` describes. */
  readonly program: readonly string[]
  readonly env: Record<string, string>
}

const languages: readonly Language[] = [
  {
    name: 'Python',
    tools: ['python3'],
    suite: () => {
      const suite = ['python3', '-B', '-m', 'unittest', 'discover', '-s', 'tests']
      return run(suite, { PYTHONPATH: 'src' }, at('python'))
    },
    program: ['python3', '-B', at('python/tests/drive.py')],
    env: { PYTHONPATH: at('python/src') },
  },
  {
    name: 'JVM',
    tools: ['java', 'mvn'],
    // Offline: what Maven has not fetched before is not here.
    suite: () => run(['mvn', '-o', '-B', '-ntp', 'test'], {}, at('kotlin')),
    program: [
      ...['java', '-XX:TieredStopAtLevel=1', '-cp'],
      ['classes', 'test-classes', 'lib/*'].map((name) => at(`kotlin/target/${name}`)).join(':'),
      'com.contextdrag.Drive',
    ],
    env: {},
  },
]

let opened: TestStack
let stack: Stack
let proxy: Tripwire
let origin: string
let sample: Sample
let photo: string
let large: string
let drag: string

beforeAll(async () => {
  opened = await prepareStack({
    workerEnv: {
      // Random weights: what it finds is noise, but it is found.
      SAM: fileURLToPath(new URL('../../fixtures/golden/sam', import.meta.url)),
    },
  })
  stack = opened.stack
  await stack.start()
  proxy = new Tripwire(stack.origin)
  origin = await proxy.listen()
  sample = await readSample('balloon', 0.25)
  const [{ handle, target }] = sample.drags as [Drag]
  drag = [handle.x, handle.y, target.x, target.y].join()
  photo = join(opened.folder, 'photo.jpg')
  await writeFile(photo, sample.photo)
  await writeFile(join(opened.folder, 'mask.png'), sample.mask)
  large = join(opened.folder, 'large.jpg')
  await writeFile(large, withComments(sample.photo, 9_200_000))
})
afterAll(async () => {
  proxy?.close()
  await opened?.close()
})

/** A JPEG with so many bytes of comments that it does not fit into a form, and with no more pixels. */
function withComments(jpeg: Buffer, bytes: number): Buffer {
  const size = 65_000
  const comment = Buffer.alloc(2 + size)
  comment.writeUInt16BE(0xfffe)
  comment.writeUInt16BE(size, 2)
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]))
  const comments = new Array<Buffer>(Math.ceil(bytes / comment.length)).fill(comment)
  return Buffer.concat([jpeg.subarray(0, scan), ...comments, jpeg.subarray(scan)])
}

/** What the account says, without any of the clients. */
async function ask<T>(key: string, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await fetch(`${stack.origin}${path}`, { headers })
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}
type Listed = { readonly id: string; readonly status: string; readonly price: { amount: number } }
const editsOf = async (key: string) =>
  (await ask<{ edits: Listed[] }>(key, '/v1/edits?limit=100')).edits
const balanceOf = (key: string) => ask<{ balance: number; held: number }>(key, '/v1/account')

describe.each(languages)('$name', ({ name, tools, suite, program, env }) => {
  let missing: string | null = null

  beforeAll(async () => {
    const absent = tools.filter((tool) => !isHere(tool))
    if (absent.length > 0) missing = `${absent.join(' and ')} not found`
    else {
      const { status, text } = await suite()
      // Maven's words for a package that it would have to fetch.
      if (/offline mode and the artifact|in offline mode/.test(text))
        missing = 'packages that Maven would have to fetch'
      else expect({ status, text }).toMatchObject({ status: 0 })
    }
    if (missing !== null) process.stdout.write(`skipped: the client for ${name}: ${missing}\n`)
  }, 900_000)
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing)
  })

  /** An account of its own, and a store. */
  const open = async () => {
    const reference = crypto.randomUUID()
    const { key } = await stack.openAccount(reference, 'live', 10_000_000)
    const store = await mkdtemp(join(opened.folder, 'store-'))
    return { key, vars: { ...env, API: origin, KEY: key, STORE: store } }
  }
  const drive = (vars: Record<string, string>, ...args: string[]) =>
    start([...program, ...args], vars)

  /** The lines that a program said, as words. @throws Error if it failed */
  const linesOf = ({ status, text }: Ended): string[][] => {
    if (status !== 0) throw new Error(text)
    return text
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
  }

  /** There is one edit, it succeeded, and it was paid once. */
  const expectOnce = async (key: string, lines: readonly string[][]) => {
    const [edit, ...others] = await editsOf(key)
    expect(others).toEqual([])
    expect(edit).toMatchObject({ status: 'succeeded' })
    expect(lines).toEqual([['resumed', 'order-17', edit?.id, 'succeeded', expect.anything()]])
    const price = edit?.price.amount ?? 0
    expect(price).toBeGreaterThan(0)
    expect(await balanceOf(key)).toMatchObject({ balance: 10_000_000 - price, held: 0 })
  }

  const trips: readonly (Trip & { readonly of: 'photo' | 'large' })[] = [
    { of: 'photo', path: '/v1/edits', moment: 'before' },
    { of: 'photo', path: '/v1/edits', moment: 'during' },
    { of: 'photo', path: '/v1/edits', moment: 'after' },
    { of: 'photo', path: '/v1/edits', moment: 'half-answered' },
    { of: 'photo', path: '/v1/edits', moment: 'answered' },
    { of: 'large', path: '/v1/uploads', moment: 'after' },
    { of: 'large', path: '/v1/edits', moment: 'before' },
    { of: 'large', path: '/v1/edits', moment: 'after' },
  ]

  test.each(trips)(
    'killed $moment POST $path of a $of, another program gets the same edit',
    async ({ of, ...trip }) => {
      const { key, vars } = await open()
      const tripped = proxy.trip(trip)
      const { child, end } = drive(vars, 'create', 'order-17', of === 'photo' ? photo : large, drag)
      const first = await Promise.race([tripped, end])
      if (first !== undefined && trip.moment !== 'answered') expect.fail(first.text)
      child.kill('SIGKILL')
      const { signal } = await end
      // It may have ended by itself just after the answer.
      if (trip.moment !== 'answered') expect(signal).toBe('SIGKILL')
      const made = await editsOf(key)
      const accepted = trip.path === '/v1/edits' && !/before|during/.test(trip.moment)
      expect(made.length).toBe(accepted ? 1 : 0)

      await expectOnce(key, linesOf(await drive(vars, 'resume').end))
      // It is forgotten: nothing is left to resume.
      expect((await drive(vars, 'resume').end).text).toBe('')
    },
  )

  test('killed whenever it is, the same call makes one edit', async () => {
    const { key, vars } = await open()
    const call = ['create', 'order-17', photo, drag]
    const begun = Date.now()
    linesOf(await drive({ ...vars, STORE: `${vars.STORE}-other` }, ...call).end)
    const takes = Date.now() - begun
    const other = await open()
    for (const share of [0.3, 0.5, 0.7, 0.8, 0.9, 1]) {
      const { child, end } = drive(other.vars, ...call)
      await sleep(share * takes)
      child.kill('SIGKILL')
      await end
      expect((await editsOf(other.key)).length).toBeLessThanOrEqual(1)
    }
    linesOf(await drive(other.vars, ...call).end)
    await expectOnce(other.key, linesOf(await drive(other.vars, 'resume').end))
    expect((await editsOf(key)).length).toBe(1)
  })

  test('plan, edit, events, result, lists, masks, cancelling, deletion', async () => {
    const { key, vars } = await open()
    const out = join(opened.folder, `${name}.png`)
    const { width, height } = sample.size
    const files = [photo, join(opened.folder, 'mask.png')]
    const ended = await drive(vars, 'flow', ...files, drag, out, `${width}`, `${height}`).end
    const lines = linesOf(ended)
    const said = (word: string) =>
      lines.filter(([first]) => first === word).map((all) => all.slice(1))
    const [[planned, price] = []] = said('prices')
    expect(Number(price)).toBeGreaterThan(0)
    expect(planned).toBe(price)
    const events = said('event')
    const ids = events.map(([id]) => Number(id))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(events.some(([, type]) => type === 'progress')).toBe(true)
    expect(events.at(-1)?.slice(1)).toEqual(['status', 'succeeded'])
    expect(said('status')).toEqual([['succeeded']])
    const picture = await sharp(await readFile(out)).metadata()
    expect({ width: picture.width, height: picture.height }).toEqual({ width, height })
    expect(said('next')).toEqual([['succeeded']])
    expect(said('listed')).toEqual([['True']])
    expect(said('models')).toEqual([['instant', 'embedded', 'embedded-fast']])
    expect(Number(said('usage')[0]?.[0])).toBe(2)
    expect(said('mask')).toEqual([[String(width), String(height)]])
    expect(said('cancelled')).toEqual([['canceled']])
    expect(said('gone')).toEqual([['410', 'gone']])
    expect((await editsOf(key)).length).toBe(2)
  })

  test('webhooks that the reference package signs are verified, others are not', async () => {
    const [old, secret] = ['an old secret of some length', 'a secret of twenty-four bytes'].map(
      (text) => `whsec_${Buffer.from(text).toString('base64')}`,
    ) as [string, string]
    const body = join(opened.folder, 'message.json')
    const data = { id: 'edit_1', status: 'succeeded', cost: 1, currency: 'USD', metadata: {} }
    const content = JSON.stringify({ type: 'edit.succeeded', timestamp: 'now', data })
    await writeFile(body, content)
    const now = new Date()
    const check = async (secrets: string, sentAt: Date, signature: string) => {
      const seconds = String(Math.floor(sentAt.getTime() / 1000))
      const { vars } = await open()
      const args = ['webhook', secrets, 'msg_1', seconds, signature, body]
      return linesOf(await drive(vars, ...args).end)[0]?.join(' ')
    }
    const signed = (by: string, at: Date) => new Webhook(by).sign('msg_1', at, content)
    expect(await check(secret, now, signed(secret, now))).toBe('verified edit.succeeded edit_1')
    const both = `${signed(old, now)} ${signed(secret, now)}`
    expect(await check(secret, now, both)).toBe('verified edit.succeeded edit_1')
    expect(await check(`${old},${secret}`, now, signed(secret, now))).toContain('verified')
    expect(await check(old, now, signed(secret, now))).toBe('invalid')
    const early = new Date(Date.now() - 400_000)
    expect(await check(secret, early, signed(secret, early))).toBe('invalid')
  })
})

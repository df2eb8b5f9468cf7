/** The operator's hook: asked before anything is held, and before a result is charged. */

import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Account, bindings, call, resetProviders, settings, until } from '../app.ts'
import { create, editBody, ended, FakeWorker, finish, pathOf } from '../fake-worker.ts'

const HOOK = 'https://moderation.example.com/judge'
type Question = { stage: string; imageUrl: string } & Record<string, unknown>

let account: Account
let asked: Question[]
let worker: FakeWorker

beforeAll(async () => {
  account = await Account.open()
})
beforeEach(async () => {
  await resetProviders()
  Object.assign(settings(), {
    MODERATION_URL: HOOK,
    MODERATION_TOKEN: 'moderation-token',
    MODERATION_SECONDS: 0.2,
  })
  worker = new FakeWorker()
  asked = []
})
afterEach(() => {
  vi.unstubAllGlobals()
  Object.assign(settings(), { MODERATION_URL: undefined, MODERATION_TOKEN: undefined })
})

/** Answers the hook's questions. */
function judge(
  answer: (question: Question, signal: AbortSignal) => Response | Promise<Response>,
): void {
  worker.others = async (request) => {
    expect(request.url).toBe(HOOK)
    expect(request.headers.get('authorization')).toBe('Bearer moderation-token')
    const question = (await request.json()) as Question
    asked.push(question)
    return answer(question, request.signal)
  }
}
const allow = () => Response.json({ allowed: true })
const photos = async () => (await bindings.BUCKET.list()).objects.length

test('a rejected prompt or photo creates no hold and stores nothing', async () => {
  let photo = 0
  judge(async ({ imageUrl }) => {
    photo = (await (await call(pathOf(imageUrl))).arrayBuffer()).byteLength
    return Response.json({ allowed: false, reason: 'a policy' })
  })
  const [before, { balance }] = [await photos(), await account.money()]
  const headers = { 'idempotency-key': 'moderated' }
  const body = await editBody({ prompt: 'something' })
  const refused = await account.post('/v1/edits', body, headers)
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { code: 'blocked', detail: expect.stringContaining('a policy') },
  ])
  expect(asked).toMatchObject([{ stage: 'input', account: account.id, prompt: 'something' }])
  expect(photo).toBeGreaterThan(50)
  expect(await photos()).toBe(before)
  expect((await account.money()).balance).toBe(balance)
  // Not stored: the same request may be allowed later.
  judge(allow)
  expect((await account.post('/v1/edits', body, headers)).status).toBe(202)
})

test.each<[string, Parameters<typeof judge>[0]]>([
  [
    'silence',
    (_, signal) =>
      new Promise<Response>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      ),
  ],
  ['a fault', () => new Response(null, { status: 500 })],
  ['nonsense', () => new Response('<html>')],
  ['a redirect', () => Response.redirect('https://elsewhere.example.com/', 302)],
])('%s accepts nothing, and may be tried again', async (_, answer) => {
  judge(answer)
  const [before, { held }] = [await photos(), await account.money()]
  const refused = await account.post('/v1/edits', await editBody())
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { code: 'moderation_unavailable', detail: expect.stringContaining('moderation') },
  ])
  expect(refused.headers.get('retry-after')).toBe('10')
  expect(await photos()).toBe(before)
  expect((await account.money()).held).toBe(held)
})

test('a rejected result is deleted and costs nothing', async () => {
  judge(({ stage }) => (stage === 'input' ? allow() : Response.json({ allowed: false })))
  const { balance } = await account.money()
  const { id } = await create(account)
  const run = await worker.run(id)
  await finish(run)
  expect(await ended(account, id)).toMatchObject({
    status: 'failed',
    charged: 0,
    error: { code: 'blocked' },
  })
  expect(asked.at(-1)).toMatchObject({ stage: 'output', account: account.id, edit: id })
  await until(async () => (await account.money()).balance === balance)
  const left = await bindings.BUCKET.list({ prefix: `acct/${account.id}/out/${id}` })
  expect(left.objects).toEqual([])
})

test('a result waits while moderation is unavailable', { timeout: 20_000 }, async () => {
  let away = true
  // Its own: holds of edits before are released now.
  const own = await Account.open()
  judge(({ stage }) => (stage === 'input' || !away ? allow() : new Response(null, { status: 502 })))
  const { id } = await create(own)
  await finish(await worker.run(id))
  const outputs = () => asked.filter(({ stage }) => stage === 'output').length
  await until(async () => outputs() > 0)
  expect((await own.money()).held).toBe(104)
  away = false
  expect(await ended(own, id, 10_000)).toMatchObject({ status: 'succeeded', charged: 104 })
})

/** Edits of `instant`: the default where no real checkpoint is served, with slots and a price of its own. */

import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { unpackMask } from '../../../shared/files/packed-mask.ts'
import { dataUrl, rectangleMask } from '../../fixtures/png.ts'
import { Account, bindings, call, json, operator, post, resetProviders, until } from '../app.ts'
import { create, editBody, ended, FakeWorker, finish, look } from '../fake-worker.ts'

let account: Account
beforeAll(async () => {
  account = await Account.open()
})
beforeEach(resetProviders)
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

test('a request without a model is an instant edit; the worker gets the mask and the drags', async () => {
  const worker = new FakeWorker()
  const answer = await account.post(
    '/v1/edits',
    await editBody({ model: undefined, seed: 5, field: 'inverse-distance' }),
  )
  // 100 + ceil(100 * 0.012288)
  expect([answer.status, answer.headers.get('edit-cost')]).toEqual([202, '102'])
  const { id, ...view } = await json(answer)
  expect(view).toMatchObject({
    model: 'instant',
    progress: { step: 0, steps: 3 },
    workingSize: { width: 128, height: 96 },
    record: { options: { scope: 'component', power: 2, seed: 5, field: 'inverse-distance' } },
  })
  const run = await worker.run(id as string)
  const { model, grid, work, sampler } = run.request
  expect({ model, grid, seed: sampler.seed, field: sampler.field }).toEqual({
    model: 'instant',
    grid: { rows: 12, cols: 16 },
    seed: 5,
    field: 'inverse-distance',
  })
  if (work.kind !== 'instant') return expect.fail(work.kind)
  expect(work).toMatchObject({ marks: 'object', options: { scope: 'component', power: 2 } })
  expect((await unpackMask(work.mask)).data.reduce((sum, value) => sum + value, 0)).toBe(48 * 48)
  await finish(run)
  expect(await ended(account, id as string)).toMatchObject({ status: 'succeeded', charged: 102 })
})

test('what it does not read is refused, and nothing is held', async () => {
  const before = await account.money()
  for (const change of [{ prompt: 'a cat' }, { steps: 4 }, { lambda: 0.9 }]) {
    const refused = await account.post('/v1/edits', await editBody({ model: 'instant', ...change }))
    const [name] = Object.keys(change)
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: 'invalid_option', pointer: `/${name}` },
    ])
  }
  expect(await account.money()).toEqual(before)
})

test.each([
  ['field', 'rigid'],
  ['shadows', 'move'],
])('%s, which it alone reads, is refused by the others', async (name, value) => {
  const body = await editBody({ model: 'embedded', [name]: value })
  const refused = await account.post('/v1/edits', body)
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { code: 'invalid_option', pointer: `/${name}` },
  ])
})

test('a test key may use it, free of charge', async () => {
  new FakeWorker()
  const headers = { authorization: `Bearer ${account.test}` }
  const { price } = await create(account, { model: 'instant' }, headers)
  expect(price.amount).toBe(0)
})

test('a client token for other models has to name one of them', async () => {
  new FakeWorker()
  const answer = await account.post('/v1/client-tokens', { models: ['embedded-fast'], edits: 5 })
  const { token } = await json(answer)
  const send = async (change: Record<string, unknown>) =>
    post('/v1/edits', await editBody(change), {
      ...account.headers,
      authorization: `Bearer ${token}`,
    })
  const refused = await send({ model: undefined })
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { code: 'forbidden', pointer: '/model' },
  ])
  expect((await send({})).status).toBe(202)
})

test('its plan is on the grid of embedded, without warnings about tokens', async () => {
  const plan = async (model: string | undefined) =>
    json(
      await account.post('/v1/plan', {
        image: { width: 1600, height: 1200 },
        mask: dataUrl(await rectangleMask(400, 300, 100, 100, 300, 102)),
        drags: [{ handle: { x: 600, y: 404 }, target: { x: 603, y: 404 } }],
        model,
      }),
    )
  const [named, left, embedded] = [
    await plan('instant'),
    await plan(undefined),
    await plan('embedded'),
  ]
  expect(left).toEqual(named)
  expect(named).toMatchObject({
    grid: embedded.grid as object,
    warnings: [],
    price: { amount: 292 },
  })
  const codes = (embedded.warnings as { code: string }[]).map(({ code }) => code)
  expect(codes).toEqual(['nothing_moves', 'thin_mask'])
})

test('instant edits have slots of their own, and wait for no transformer', async () => {
  const worker = new FakeWorker()
  const instant = () => create(account, { model: 'instant' })
  const taken = [await instant(), await instant()]
  for (const { id } of taken) await worker.run(id)
  const waiting = await instant()
  const view = await until(async () => {
    const now = await look(account, waiting.id)
    return now.queue === undefined ? null : now
  })
  expect(view.queue).toMatchObject({ position: 1 })
  const following = account.get(`/v1/edits/${waiting.id}/events`)
  const other = await create(account)
  await worker.run(other.id)
  const status = (name: string) => bindings.PROVIDERS_STATE.getByName(name).status(name)
  expect(await status('first.instant')).toMatchObject({ slots: 2, taken: 2, waiting: 1 })
  expect(await status('first')).toMatchObject({ slots: 50, taken: 1, waiting: 0 })
  const { providers } = await json(await call('/admin/providers', { headers: operator }))
  expect(providers).toMatchObject([
    { name: 'first', models: ['embedded', 'embedded-fast'], slots: 50 },
    { name: 'first.instant', models: ['instant'], slots: 2 },
    { name: 'second' },
  ])
  const [first] = taken
  await finish(await worker.run(first?.id ?? ''))
  await finish(await worker.run(waiting.id))
  // The place in the queue is on the event stream, too.
  const events = (await (await following).text()).match(/^event: .*\ndata: .*$/gm) ?? []
  expect(events[1]).toBe(`event: queue\ndata: ${JSON.stringify(view.queue)}`)
  expect(events.map((event) => event.split('\n', 1)[0])).toEqual([
    ...['event: status', 'event: queue', 'event: status', 'event: status'],
    'event: status',
  ])
})

test('with scope thing, the worker gets what is which thing: by pixels, or by tokens for a transformer', async () => {
  const worker = new FakeWorker()
  const instant = await create(account, { model: 'instant', scope: 'thing' })
  const first = await worker.run(instant.id)
  const { work } = first.request
  if (work.kind !== 'instant') return expect.fail(work.kind)
  expect(work.options.scope).toBe('thing')
  const { data, things } = await unpackMask(work.mask)
  expect(things).toEqual(data)
  await finish(first)
  const planned = await create(account, { model: 'embedded', scope: 'thing' })
  const second = await worker.run(planned.id)
  const { work: tokens } = second.request
  if (tokens.kind !== 'planned') return expect.fail(tokens.kind)
  expect(new Set(tokens.motion?.partOf)).toEqual(new Set([0]))
  expect(tokens.motion?.partOf).toHaveLength(tokens.plan.sourceMask.length)
  await finish(second)
})

/** Who gets a slot, and what becomes of a provider in trouble. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { providerObject } from '../../../../edge/objects/names.ts'
import { type Lane, lanes } from '../../../../edge/rpc/provider.ts'
import {
  Account,
  bindings,
  call,
  json,
  operator,
  resetProviders,
  settings,
  until,
} from '../../app.ts'
import { create, ended, FakeWorker, finish } from '../../fake-worker.ts'

const provider = () => providerObject(bindings, 'second')
const ask = (edit: string, lane: Lane = lanes.key) =>
  provider().request('second', { edit, lane, account: edit.split('/')[0] ?? '', region: 'auto' })

beforeEach(resetProviders)
afterEach(() => vi.unstubAllGlobals())

describe('a provider with one slot', () => {
  test('serves accounts in turn, even if one has many more edits', async () => {
    const waiting = ['greedy/1', 'greedy/2', 'greedy/3', 'modest/1', 'greedy/4', 'other/1']
    for (const [index, edit] of waiting.entries())
      expect((await ask(edit)).answer).toBe(index === 0 ? 'granted' : 'wait')
    const order = ['greedy/1']
    for (let i = 0; i < 5; i++) {
      await provider().release(order.at(-1) ?? '', 'done', 1)
      for (const edit of waiting.filter((one) => !order.includes(one)))
        if ((await ask(edit)).answer === 'granted') order.push(edit)
    }
    expect(order).toEqual(['greedy/1', 'modest/1', 'other/1', 'greedy/2', 'greedy/3', 'greedy/4'])
  })

  test("keeps an edit's place in the queue when it requests a slot again, and returns its position", async () => {
    await ask('a/1')
    await ask('b/1')
    const at = Date.now()
    // Two that come in the same millisecond have the same position.
    await until(async () => Date.now() > at)
    expect(await ask('c/1')).toMatchObject({ answer: 'wait', position: 2 })
    expect(await ask('b/1')).toMatchObject({ answer: 'wait', position: 1 })
    expect(await ask('a/1')).toEqual({ answer: 'granted' })
    const { taken, waiting } = await provider().status('second')
    expect({ taken, waiting }).toEqual({ taken: 1, waiting: 2 })
  })

  test('gets no runs after five failures in a row, then a single trial run', async () => {
    for (let i = 0; i < 5; i++) {
      expect((await ask(`a/${i}`)).answer).toBe('granted')
      await provider().release(`a/${i}`, 'fault', null)
    }
    expect((await ask('a/9')).answer).toBe('open')
    expect((await provider().status('second')).openUntil).toBeGreaterThan(Date.now())
  })

  test('gets none either if it accepts every run and then loses it', async () => {
    for (let i = 0; i < 5; i++) {
      expect((await ask(`a/${i}`)).answer).toBe('granted')
      await provider().accepted(`a/${i}`, Date.now() + 1000)
      await provider().release(`a/${i}`, 'fault', null)
    }
    expect((await ask('a/9')).answer).toBe('open')
  })
})

test('knows its slots before anybody has asked for one', async () => {
  expect((await providerObject(bindings, 'first').status('first')).slots).toBe(50)
})

describe('masks', () => {
  const mask = async (id: string) => (await provider().requestMask('second', id)).answer

  test('have slots beside those of runs, and no queue', async () => {
    expect((await ask('a/1')).answer).toBe('granted')
    expect(await mask('m1')).toBe('granted')
    expect(await mask('m2')).toBe('full')
    expect((await provider().status('second')).taken).toBe(1)
    await provider().releaseMask('m1', 'done')
    expect(await mask('m2')).toBe('granted')
  })

  test('that are never released lose their slot after a while', async () => {
    expect(await mask('m1')).toBe('granted')
    await runInDurableObject(provider(), (_, { storage }) => {
      storage.sql.exec('UPDATE mask_slot SET until = ?', Date.now() - 1)
    })
    expect(await mask('m2')).toBe('granted')
  })

  test('share the circuit breaker with runs: five faults open it for both', async () => {
    for (let i = 0; i < 5; i++) {
      expect(await mask(`m${i}`)).toBe('granted')
      await provider().releaseMask(`m${i}`, 'fault')
    }
    expect(await mask('m9')).toBe('open')
    expect((await ask('a/1')).answer).toBe('open')
  })

  test('are tried one at a time while it is half open, and close it', async () => {
    // Of 50 slots.
    const first = providerObject(bindings, 'first')
    const answer = async (id: string) => (await first.requestMask('first', id)).answer
    await runInDurableObject(first, (_, { storage }) => {
      storage.sql.exec('UPDATE breaker SET faults = 5, openUntil = ?', Date.now() - 1)
    })
    expect([await answer('m1'), await answer('m2')]).toEqual(['granted', 'full'])
    await first.releaseMask('m1', 'done')
    expect([await answer('m2'), await answer('m3')]).toEqual(['granted', 'granted'])
  })
})

describe('a worker that responds to a dispatch with', () => {
  const cases: [answer: number, attempt: RegExp][] = [
    // Not now: no attempt is spent.
    [429, /\.1$/],
    [503, /\.1$/],
    // Nobody knows whether it was taken: asked, and handed over under the next number.
    [502, /\.[23]$/],
    [504, /\.[23]$/],
    // An answer that is not one: a lost attempt.
    [200, /\.2$/],
    [500, /\.2$/],
    [404, /\.2$/],
  ]
  test.each(cases)('%i gets the run in the end', { timeout: 120_000 }, async (answer, attempt) => {
    const account = await Account.open()
    onTestFinished(() => account.cancelOpen())
    const worker = new FakeWorker()
    worker.submissions = [answer]
    worker.report = () => new Response(null, { status: 404 })
    const { id } = await create(account)
    const run = await until(async () => worker.runs.find(({ runId }) => runId.includes(id)))
    expect(run.runId).toMatch(attempt)
    await finish(run)
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded', charged: 104 })
    await until(async () => (await account.money()).held === 0)
    expect((await account.money()).balance).toBe(1_000_000 - 104)
  })
})

describe('lanes', () => {
  test('live edits go before test edits, and account keys before client tokens', async () => {
    await ask('first/1')
    await ask('test/1', lanes.test)
    await ask('client/1', lanes.client)
    await ask('key/1')
    const served: string[] = []
    for (const left of ['first/1', 'key/1', 'client/1']) {
      await provider().release(left, 'left', null)
      const waiting = [
        ['key/1', lanes.key],
        ['client/1', lanes.client],
        ['test/1', lanes.test],
      ] as const
      for (const [edit, lane] of waiting)
        if (!served.includes(edit) && (await ask(edit, lane)).answer === 'granted')
          served.push(edit)
    }
    expect(served).toEqual(['key/1', 'client/1', 'test/1'])
  })

  test('client tokens get every fourth slot while account keys wait too', async () => {
    await ask('key/0')
    for (let i = 1; i <= 9; i++) await ask(`key/${i}`)
    for (let i = 1; i <= 3; i++) await ask(`client/${i}`, lanes.client)
    const served: string[] = []
    for (let last = 'key/0'; served.length < 8; last = served.at(-1) ?? '') {
      await provider().release(last, 'left', null)
      served.push(
        ...(await runInDurableObject(provider(), (_, { storage }) =>
          storage.sql
            .exec<{ edit: string }>("SELECT edit FROM ticket WHERE state <> 'waiting'")
            .toArray()
            .map(({ edit }) => edit),
        )),
      )
    }
    expect(served.map((edit) => edit.split('/')[0])).toEqual([
      ...['key', 'key', 'key', 'client'],
      ...['key', 'key', 'key', 'client'],
    ])
  })

  test('test edits hold a quarter of the slots at most, although others are free', async () => {
    // Of 50 slots.
    const first = providerObject(bindings, 'first')
    const answers: string[] = []
    for (let i = 0; i < 14; i++) {
      const ticket = { edit: `t/${i}`, account: 't', region: 'auto', lane: lanes.test }
      answers.push((await first.request('first', ticket)).answer)
    }
    expect(answers).toEqual([...new Array(12).fill('granted'), 'wait', 'wait'])
  })
})

describe('a full queue', () => {
  const fill = (waiting: number, lane: Lane) =>
    runInDurableObject(provider(), (_, { storage }) => {
      storage.sql.exec(
        `INSERT INTO ticket (edit, account, region, lane, state, since, until)
          WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
          SELECT 'full/' || n, 'full', 'auto', ?2, 'waiting', ?3, ?3 + 60000 FROM number`,
        waiting,
        lane,
        Date.now(),
      )
    })

  test('of test edits takes no more of them, but live edits, and those that wait keep their place', async () => {
    await ask('a/1')
    await fill(settings().MAX_TEST_QUEUE, lanes.test)
    expect((await ask('b/1', lanes.test)).answer).toBe('full')
    expect((await ask('full/1', lanes.test)).answer).toBe('wait')
    expect((await ask('b/2')).answer).toBe('wait')
  })

  test('of live edits takes no more of them, neither by key nor by client token', async () => {
    await ask('a/1')
    await fill(settings().MAX_QUEUE, lanes.client)
    expect((await ask('b/1')).answer).toBe('full')
    expect((await ask('b/2', lanes.client)).answer).toBe('full')
    const { taken, waiting } = await provider().status('second')
    expect({ taken, waiting }).toEqual({ taken: 1, waiting: settings().MAX_QUEUE })
  })
})

test('a run that its worker accepted takes no slot that its edit no longer has', async () => {
  await ask('a/1')
  await ask('b/1')
  await provider().accepted('b/1', Date.now() + 1000)
  expect((await provider().status('second')).taken).toBe(1)
})

test('an operator sees the lanes, the measured times and the configured slots', async () => {
  await ask('a/1', lanes.test)
  await ask('b/1', lanes.client)
  const { providers } = (await json(await call('/admin/providers', { headers: operator }))) as {
    providers: unknown[]
  }
  expect(providers[2]).toMatchObject({
    name: 'second',
    slots: 1,
    taken: 1,
    waiting: 1,
    secondsPerRun: expect.any(Number),
    secondsPerTestRun: expect.any(Number),
    lanes: [
      { waiting: 0, accounts: 0, taken: 0 },
      { waiting: 1, accounts: 1, taken: 0 },
      { waiting: 0, accounts: 0, taken: 1 },
    ],
  })
})

/** Signing in to the console: by a mailed link, once, in the browser that asked, and in no other way. */

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ownerOf } from '../../../../edge/access/sign-in.ts'
import { call, json, operator, settings, world } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'

let mail: MailService
let pauses: number[]
beforeEach(() => {
  mail = new MailService()
  pauses = useMail()
  world((request) => mail.answer(request))
})
afterEach(() => {
  vi.useRealTimers()
})

const someone = () => `someone-${crypto.randomUUID()}@example.org`
const MINUTE = 60_000
const later = (milliseconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
const stubOf = async (address: string) => env.OWNERS.getByName(await ownerOf(address))
const accounts = async () =>
  (await json(await call('/admin/accounts', { headers: operator }))).accounts as {
    id: string
    name: string
    region: string
  }[]

describe('an owner', () => {
  test('signs in by a link, which opens an account once per address, whatever its case', async () => {
    const address = `New.Owner-${crypto.randomUUID()}@Example.org`
    const browser = new Browser()
    await browser.signIn(address, mail)
    const first = await json(await browser.get('/session'))
    expect(first).toMatchObject({ email: address.toLowerCase(), currency: 'USD' })
    const again = new Browser()
    await again.signIn(`  ${address.toUpperCase()} `.trim(), mail)
    expect((await json(await again.get('/session'))).account).toBe(first.account)
    const opened = (await accounts()).filter(({ name }) => name === address.toLowerCase())
    expect(opened).toMatchObject([{ id: first.account, region: 'auto' }])
  })

  test('has one account although two links are opened at the same time', async () => {
    const address = someone()
    const browsers = [new Browser(), new Browser()]
    const tokens: string[] = []
    for (const browser of browsers) {
      await browser.ask(address)
      tokens.push(mail.tokenTo(address))
    }
    const opened = await Promise.all(browsers.map((one, i) => one.open(tokens[i] ?? '')))
    expect(opened.map(({ status }) => status)).toEqual([204, 204])
    const states = await Promise.all(browsers.map(async (one) => json(await one.get('/session'))))
    expect(states[0]?.account).toBe(states[1]?.account)
    expect((await accounts()).filter(({ name }) => name === address)).toHaveLength(1)
  })

  test('chooses where the data of a new account is kept; a later choice moves nothing', async () => {
    const address = someone()
    for (const region of ['weur', 'apac']) {
      const browser = new Browser()
      expect((await browser.ask(address, { region })).status).toBe(202)
      await browser.open(mail.tokenTo(address))
      expect(await json(await browser.get('/session'))).toMatchObject({ region: 'weur' })
    }
  })

  test('signs out here, and everywhere else', async () => {
    const address = someone()
    const [one, other, third] = [new Browser(), new Browser(), new Browser()]
    for (const browser of [one, other, third]) await browser.signIn(address, mail)
    const { sessions } = await json(await one.get('/sessions'))
    expect(sessions).toHaveLength(3)
    expect((sessions as { isThis: boolean }[]).filter(({ isThis }) => isThis)).toHaveLength(1)
    const stolen = new Map(third.cookies)
    expect((await third.delete('/session')).status).toBe(204)
    expect(third.cookies.has('__Host-contextdrag-session')).toBe(false)
    for (const [name, value] of stolen) third.cookies.set(name, value)
    expect((await third.get('/session')).status).toBe(401)
    expect((await one.delete('/sessions')).status).toBe(204)
    expect((await other.get('/session')).status).toBe(401)
    expect((await one.get('/session')).status).toBe(200)
    expect((await one.delete('/sessions/none')).status).toBe(404)
  })
})

describe('a link', () => {
  test('works once', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    expect((await browser.open(token)).status).toBe(204)
    const again = await browser.open(token)
    expect([again.status, (await json(again)).code]).toEqual([401, 'unauthenticated'])
  })

  test('works once although two requests open it at the same time', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    const opened = await Promise.all([browser.open(token), browser.open(token)])
    expect(opened.map(({ status }) => status).sort()).toEqual([204, 401])
    expect((await json(await browser.get('/sessions'))).sessions).toHaveLength(1)
  })

  test('alone is not enough: only the browser that asked can open it, and a thief uses nothing up', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    const thief = new Browser()
    expect((await thief.open(token)).status).toBe(401)
    await thief.ask(someone())
    expect((await thief.open(token)).status).toBe(401)
    expect((await browser.open(token)).status).toBe(204)
  })

  test('expires after 15 minutes', async () => {
    const address = someone()
    const [browser, late] = [new Browser(), new Browser()]
    await browser.ask(address)
    const token = mail.tokenTo(address)
    await late.ask(address)
    const lateToken = mail.tokenTo(address)
    later(15 * MINUTE - 5000)
    expect((await browser.open(token)).status).toBe(204)
    later(10_000)
    expect((await late.open(lateToken)).status).toBe(401)
  })

  test('with any character changed is rejected without waking an object', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    const woken = vi.spyOn(Object.getPrototypeOf(env.OWNERS), 'getByName')
    for (const at of [0, 20, 50, 70, token.length - 1]) {
      const changed = token[at] === 'a' ? 'b' : 'a'
      const forged = `${token.slice(0, at)}${changed}${token.slice(at + 1)}`
      expect((await browser.open(forged)).status).toBe(401)
    }
    // The directory is named, not asked.
    expect(woken.mock.calls.flat().filter((name) => name !== 'accounts')).toEqual([])
    woken.mockRestore()
    expect((await browser.open(token)).status).toBe(204)
  })

  test('is no cookie, and a cookie is no link', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    browser.cookies.set('__Host-contextdrag-session', token)
    expect((await browser.get('/session')).status).toBe(401)
    expect((await browser.open(token)).status).toBe(204)
    const cookie = browser.cookies.get('__Host-contextdrag-session') ?? ''
    expect((await browser.open(cookie)).status).toBe(401)
  })

  test('is stored as a digest, as are the cookies', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.signIn(address, mail)
    const secrets = [mail.tokenTo(address), ...browser.cookies.values()].flatMap((text) =>
      text.split('.').filter((part) => part.length >= 32),
    )
    const stub = await stubOf(address)
    const stored = await runInDurableObject(stub, (_, { storage }) =>
      JSON.stringify(
        ['owner', 'link', 'session'].map((table) =>
          storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
        ),
      ),
    )
    expect(stored).toContain(address)
    expect(secrets.length).toBeGreaterThan(3)
    // The first part of both is the digest that names the object.
    const name = await ownerOf(address)
    expect(secrets.filter((text) => text !== name && stored.includes(text))).toEqual([])
  })

  test('is in the fragment of an URL of ours, whatever else is asked for', async () => {
    const address = someone()
    const response = await new Browser().ask(address, { next: 'https://evil.example' })
    expect([response.status, (await json(response)).code]).toEqual([400, 'invalid_request'])
    await new Browser().request('POST', '/console/sign-in?next=//evil.example', {
      email: address,
    })
    const links = mail.mails.flatMap(({ text }) => text.match(/https?:\S+/g) ?? [])
    expect(links).toEqual([
      expect.stringMatching(/^https:\/\/api\.example\.com\/console\/#sign-in=[\w.-]+$/),
    ])
    const opened = await new Browser().open(mail.tokenTo(address))
    expect(opened.headers.get('location')).toBeNull()
  })
})

describe('an address', () => {
  test('with an account and one without get the same answer, by the same work', async () => {
    const known = someone()
    await new Browser().signIn(known, mail)
    const answers: unknown[] = []
    const work: unknown[] = []
    for (const address of [known, someone()]) {
      const stub = await stubOf(address)
      const statements: string[] = []
      await runInDurableObject(stub, (_, { storage }) => {
        const { exec } = storage.sql
        vi.spyOn(Object.getPrototypeOf(storage.sql), 'exec').mockImplementation(function (
          this: SqlStorage,
          ...args: unknown[]
        ) {
          statements.push(String(args[0]))
          return exec.apply(this, args as Parameters<typeof exec>)
        })
      })
      const before = mail.mails.length
      const response = await new Browser().ask(address)
      vi.restoreAllMocks()
      const headers = [...response.headers].map(([name]) => name).sort()
      answers.push([response.status, await response.text(), headers])
      // A new object makes its tables; what is asked of them is the same.
      const asked = statements.filter((one) =>
        /^\s*(SELECT createdAt|INSERT|UPDATE|DELETE)/.test(one),
      )
      work.push([asked.filter((one) => !one.includes('version')), mail.mails.length - before])
    }
    expect(answers[0]).toEqual(answers[1])
    expect(work[0]).toEqual(work[1])
  })

  test('is answered after a whole number of half seconds, whatever was done for it', async () => {
    const address = someone()
    let took = 0
    world((request) => {
      vi.setSystemTime(Date.now() + took)
      return mail.answer(request)
    })
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const milliseconds of [3, 137, 640]) {
      took = milliseconds
      expect((await new Browser().ask(address)).status).toBe(202)
    }
    mail.fault = Response.json({}, { status: 500 })
    expect((await new Browser().ask(address)).status).toBe(503)
    took = 0
    await new Browser().ask(address)
    expect((await new Browser().ask(address)).status).toBe(429)
    expect(pauses).toEqual([497, 363, 360, 360, 500, 500])
  })

  test('is mailed five links in 15 minutes, twenty a day, whoever asks', async () => {
    const address = someone()
    const statuses = async (count: number) => {
      const all: number[] = []
      for (let i = 0; i < count; i++) all.push((await new Browser().ask(address)).status)
      return all
    }
    expect(await statuses(6)).toEqual([202, 202, 202, 202, 202, 429])
    const rejected = await new Browser().ask(address.toUpperCase())
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(14 * 60)
    for (let quarter = 0; quarter < 3; quarter++) {
      later(15 * MINUTE + 1000)
      expect(await statuses(5)).toEqual([202, 202, 202, 202, 202])
    }
    later(15 * MINUTE + 1000)
    expect(await statuses(1)).toEqual([429])
    later(24 * 60 * MINUTE)
    expect(await statuses(1)).toEqual([202])
  })

  test('that never signs in is forgotten, and can sign in even so', async () => {
    const address = someone()
    const browser = new Browser()
    await browser.ask(address)
    const token = mail.tokenTo(address)
    const stub = await stubOf(address)
    later(24 * 60 * MINUTE + 1000)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    await runInDurableObject(stub, (_, { storage }) => {
      const tables = storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name IN ('owner', 'link')")
        .toArray()
      expect(tables).toEqual([])
    })
    expect((await browser.open(token)).status).toBe(401)
    await browser.signIn(address, mail)
    later(24 * 60 * MINUTE + 1000)
    await runDurableObjectAlarm(stub)
    expect((await browser.get('/session')).status).toBe(200)
  })

  test.each(['', 'nobody', 'a@b', 'a b@example.org', `${'a'.repeat(250)}@example.org`])(
    'that cannot be one is refused: %s',
    async (email) => {
      const response = await new Browser().ask(email)
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(mail.mails).toEqual([])
    },
  )
})

test('a network asks for, and tries, so many links a minute; the last half of an IPv6 address is its own', async () => {
  const browser = new Browser()
  const statuses: number[] = []
  for (let i = 0; i < 31; i++) statuses.push((await browser.open('x')).status)
  expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true)
  expect(statuses[30]).toBe(429)
  const neighbour = `${browser.network.replace('::1', '')}:0:0:9:8:7:6`.replace(
    /^((\w+:){4}).*/,
    '$1:6',
  )
  const asked = await browser.request(
    'POST',
    '/console/sign-in',
    { email: someone() },
    {
      'cf-connecting-ip': neighbour,
    },
  )
  expect([asked.status, asked.headers.get('retry-after')]).toEqual([429, '60'])
  expect(mail.mails).toEqual([])
  expect((await new Browser().ask(someone())).status).toBe(202)
})

describe('without a mail service', () => {
  test('that works, nothing is said to be sent', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const address = someone()
    for (const fault of [
      Response.json({ name: 'rate_limit_exceeded' }, { status: 429 }),
      Response.json({ unexpected: true }),
    ]) {
      mail.fault = fault
      const response = await new Browser().ask(address)
      expect([response.status, (await json(response)).code]).toEqual([503, 'mail_unavailable'])
    }
    expect(JSON.stringify(logged.mock.calls)).not.toContain(address)
    logged.mockRestore()
  })

  test('the console is off, and says so', async () => {
    Object.assign(settings(), { MAIL: 'off' })
    for (const path of ['/console/sign-in', '/console/api/keys']) {
      const response = await new Browser().request('POST', path, { email: someone() })
      expect([response.status, (await json(response)).detail]).toEqual([
        404,
        expect.stringContaining('the console is off'),
      ])
    }
  })
})

test('no link, cookie or address is logged', async () => {
  const logged = vi.spyOn(console, 'log').mockImplementation(() => {})
  const address = someone()
  const browser = new Browser()
  await browser.signIn(address, mail)
  const lines = JSON.stringify(logged.mock.calls)
  logged.mockRestore()
  expect(lines).toContain('POST /console/sign-in')
  expect(lines).not.toContain(address)
  for (const secret of [mail.tokenTo(address), ...browser.cookies.values()])
    expect(lines).not.toContain(secret)
})

/** Sessions of the console: whose they are, how long, and that nobody else can use one. */

import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Account, call, json, post, world } from '../app.ts'
import { Browser, MailService, useMail } from './browser.ts'

const SESSION = '__Host-contextdrag-session'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ORIGIN = 'https://api.example.com'

let mail: MailService
beforeEach(() => {
  mail = new MailService()
  useMail()
  world((request) => mail.answer(request))
})
afterEach(() => {
  vi.useRealTimers()
})

const someone = () => `someone-${crypto.randomUUID()}@example.org`
const later = (milliseconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })

async function signedIn(address = someone()): Promise<Browser> {
  const browser = new Browser()
  await browser.signIn(address, mail)
  return browser
}
const statusOf = async (browser: Browser) => (await browser.get('/session')).status

/** A browser that has copied another's cookies. */
function thiefOf(browser: Browser): Browser {
  const thief = new Browser()
  for (const [name, value] of browser.cookies) thief.cookies.set(name, value)
  return thief
}

describe('a session', () => {
  test('is needed for everything, and what it reads is in no cache', async () => {
    const browser = new Browser()
    const paths = ['session', 'sessions', 'account', 'usage', 'keys', 'client-tokens', 'webhooks']
    for (const path of [...paths, 'edits', 'edits/edit_0', 'anything'])
      expect((await browser.get(`/${path}`)).status, path).toBe(401)
    const known = await signedIn()
    for (const path of paths) {
      const response = await known.get(`/${path}`)
      expect([response.status, response.headers.get('cache-control')], path).toEqual([
        200,
        'no-store',
      ])
    }
  })

  test('is not opened by a key, nor by the operator', async () => {
    const account = await Account.open(0)
    for (const authorization of [`Bearer ${account.live}`, 'Bearer test-operator-test-operator'])
      for (const path of ['session', 'keys', 'usage'])
        expect((await call(`/console/api/${path}`, { headers: { authorization } })).status).toBe(
          401,
        )
  })

  test('opens nothing but the console: the API and the operator know no cookies', async () => {
    const browser = await signedIn()
    for (const path of ['/v1/account', '/v1/keys', '/admin/accounts'])
      expect((await browser.request('GET', path)).status).toBe(401)
  })

  test('gets a new cookie by the hour, and the one before is of use no longer', async () => {
    const browser = await signedIn()
    const first = browser.cookies.get(SESSION)
    later(HOUR - MINUTE)
    expect(await statusOf(browser)).toBe(200)
    expect(browser.cookies.get(SESSION)).toBe(first)
    later(2 * MINUTE)
    const tab = thiefOf(browser)
    expect(await statusOf(browser)).toBe(200)
    const second = browser.cookies.get(SESSION)
    expect(second).not.toBe(first)
    // A request of another tab, that was on its way: it gets the same new one, not a third.
    expect(await statusOf(tab)).toBe(200)
    expect(tab.cookies.get(SESSION)).toBe(second)
    expect(await statusOf(browser)).toBe(200)
    const late = new Browser()
    late.cookies.set(SESSION, first ?? '')
    expect(await statusOf(late)).toBe(200)
    expect(late.cookies.get(SESSION)).toBe(first)
  })

  test('survives that the response with its new cookie is lost', async () => {
    const browser = await signedIn()
    later(HOUR + MINUTE)
    const lost = thiefOf(browser)
    expect(await statusOf(lost)).toBe(200)
    later(2 * HOUR)
    expect(await statusOf(browser)).toBe(200)
    expect(browser.cookies.get(SESSION)).toBe(lost.cookies.get(SESSION))
    expect(await statusOf(browser)).toBe(200)
  })

  test('ends for thief and owner when a replaced cookie comes back', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const browser = await signedIn()
    const thief = thiefOf(browser)
    later(HOUR + MINUTE)
    // Whoever comes first gets the new cookie, and the other is noticed.
    for (let i = 0; i < 2; i++) expect(await statusOf(browser)).toBe(200)
    later(2 * MINUTE)
    expect(await statusOf(thief)).toBe(401)
    expect(await statusOf(browser)).toBe(401)
    expect(browser.cookies.has(SESSION)).toBe(false)
  })

  test('ends after 14 days without use, and after 90 days in any case', async () => {
    const browser = await signedIn()
    later(14 * DAY - HOUR)
    expect(await statusOf(browser)).toBe(200)
    for (let week = 0; week < 10; week++) {
      later(7 * DAY)
      expect(await statusOf(browser)).toBe(200)
    }
    later(6 * DAY + 2 * HOUR)
    expect(await statusOf(browser)).toBe(401)
    const idle = await signedIn()
    later(14 * DAY + HOUR)
    expect(await statusOf(idle)).toBe(401)
  })

  test('cannot be forged: a changed cookie is rejected without waking an object', async () => {
    const browser = await signedIn()
    const cookie = browser.cookies.get(SESSION) ?? ''
    const woken = vi.spyOn(Object.getPrototypeOf(env.OWNERS), 'getByName')
    for (const at of [0, 30, 50, 77, 79, 100, cookie.length - 1]) {
      const changed = cookie[at] === '1' ? '2' : '1'
      const forger = new Browser()
      forger.cookies.set(SESSION, `${cookie.slice(0, at)}${changed}${cookie.slice(at + 1)}`)
      expect(await statusOf(forger), `character ${at}`).toBe(401)
    }
    expect(woken).not.toHaveBeenCalled()
    woken.mockRestore()
    expect(await statusOf(browser)).toBe(200)
  })

  test('is one of twenty; the one that was not used for longest gives way', async () => {
    const address = someone()
    const browsers: Browser[] = []
    for (let i = 0; i < 21; i++) {
      if (i % 5 === 0) later(16 * MINUTE)
      later(1000)
      browsers.push(await signedIn(address))
      if (i % 19 === 18) later(DAY)
    }
    const statuses = await Promise.all(browsers.map(statusOf))
    expect(statuses.filter((status) => status === 401)).toHaveLength(1)
    expect(statuses[0]).toBe(401)
  })
})

describe('an owner', () => {
  test('sees and changes their own account only', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const { id } = await json(await one.post('/keys', { mode: 'test', name: 'mine' }))
    expect((await json(await other.get('/keys'))).keys).toEqual([])
    expect((await other.delete(`/keys/${id}`)).status).toBe(404)
    const { id: hook } = await json(
      await one.post('/webhooks', { url: 'https://hooks.example.org/x' }),
    )
    for (const [method, path] of [
      ['DELETE', `/webhooks/${hook}`],
      ['POST', `/webhooks/${hook}/rotate`],
      ['POST', `/webhooks/${hook}/test`],
      ['GET', `/webhooks/${hook}/deliveries`],
    ] as const)
      expect((await other.request(method, `/console/api${path}`)).status).toBe(404)
    const { sessions } = (await json(await one.get('/sessions'))) as { sessions: { id: string }[] }
    expect((await other.delete(`/sessions/${sessions[0]?.id}`)).status).toBe(404)
    expect(await statusOf(one)).toBe(200)
  })

  test('makes keys that the API accepts, with any scope, and revokes them', async () => {
    const owner = await signedIn()
    const scopes = ['edits:write', 'edits:read', 'keys:write', 'usage:read', 'webhooks:write']
    const made = await json(await owner.post('/keys', { mode: 'live', name: 'app', scopes }))
    const headers = { authorization: `Bearer ${made.key}` }
    const { account } = await json(await owner.get('/session'))
    expect(await json(await call('/v1/account', { headers }))).toMatchObject({ id: account })
    const [listed] = (await json(await owner.get('/keys'))).keys as object[]
    expect(listed).toMatchObject({ id: made.id, name: 'app', scopes })
    expect(JSON.stringify(listed)).not.toContain(String(made.key))
    expect((await owner.delete(`/keys/${made.id}`)).status).toBe(204)
    // An isolate believes in a key for half a minute.
    later(31_000)
    const again = await post('/v1/keys', { mode: 'test' }, { ...headers, 'idempotency-key': 'a' })
    expect(again.status).toBe(401)
  })

  test('makes client tokens of a key that they name, in its mode, and of none that is over', async () => {
    const owner = await signedIn()
    const key = await json(await owner.post('/keys', { mode: 'test', name: 'parent' }))
    const reader = await json(
      await owner.post('/keys', { mode: 'test', name: 'reader', scopes: ['edits:read'] }),
    )
    const made = await owner.post('/client-tokens', { key: key.id, edits: 3 })
    expect(made.status).toBe(201)
    expect((await json(made)).token).toMatch(/^cdc_test_/)
    const [listed] = (await json(await owner.get('/client-tokens'))).clientTokens as object[]
    expect(listed).toMatchObject({ key: key.id, edits: 3, mode: 'test' })
    expect((await owner.post('/client-tokens', { key: reader.id })).status).toBe(403)
    expect((await owner.post('/client-tokens', { key: 'nobody' })).status).toBe(404)
    await owner.delete(`/keys/${key.id}`)
    expect((await owner.post('/client-tokens', { key: key.id })).status).toBe(404)
  })
})

describe("another site's page", () => {
  const changes: [method: string, path: string, body?: object][] = [
    ['POST', '/console/sign-in', { email: 'a@example.org' }],
    ['POST', '/console/sign-in/open', { token: 'x' }],
    ['POST', '/console/api/keys', { mode: 'live' }],
    ['PUT', '/console/api/account', { origins: [] }],
    ['DELETE', '/console/api/session'],
    ['DELETE', '/console/api/sessions'],
    ['POST', '/console/api/webhooks', { url: 'https://evil.example/x' }],
  ]
  const forgeries: [what: string, headers: Record<string, string | undefined>][] = [
    ['of another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['of an old browser', { origin: 'https://evil.example', 'sec-fetch-site': undefined }],
    ['without an origin', { origin: undefined, 'sec-fetch-site': undefined }],
    ['in a sandbox', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['of a neighbour', { origin: 'https://api.example.com.evil.example' }],
    ['of a subdomain', { origin: 'https://x.api.example.com', 'sec-fetch-site': 'same-site' }],
    ['of the plain port', { origin: 'http://api.example.com' }],
    ['that claims our origin', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    ['typed into the address bar', { origin: ORIGIN, 'sec-fetch-site': 'none' }],
  ]

  test.each(forgeries)('changes nothing with the cookie: %s', async (_, headers) => {
    const owner = await signedIn()
    for (const [method, path, body] of changes) {
      const response = await owner.request(method, path, body, {
        ...headers,
        'idempotency-key': crypto.randomUUID(),
      })
      expect([response.status, (await json(response)).code], `${method} ${path}`).toEqual([
        403,
        'forbidden',
      ])
    }
    expect((await json(await owner.get('/keys'))).keys).toEqual([])
    expect((await json(await owner.get('/webhooks'))).webhooks).toEqual([])
    expect(await statusOf(owner)).toBe(200)
  })

  test('reads nothing with the cookie, and is allowed nothing by a preflight', async () => {
    const owner = await signedIn()
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const read = await owner.request('GET', '/console/api/session', undefined, foreign)
    expect(read.status).toBe(403)
    const old = { origin: 'https://evil.example', 'sec-fetch-site': undefined }
    for (const [method, headers] of [
      ['GET', old],
      ['OPTIONS', { ...foreign, 'access-control-request-method': 'POST' }],
    ] as const) {
      const response = await owner.request(method, '/console/api/keys', undefined, headers)
      const names = [...response.headers].map(([name]) => name)
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  test('sends no JSON as a form', async () => {
    const owner = await signedIn()
    const response = await owner.request(
      'POST',
      '/console/api/keys',
      { mode: 'test' },
      {
        'content-type': 'text/plain',
        'idempotency-key': 'a',
      },
    )
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect((await json(await owner.get('/keys'))).keys).toEqual([])
  })
})

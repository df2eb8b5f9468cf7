/** Strangers cannot keep an owner from signing in; and where a new account may be. */

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ownerOf } from '../../../../edge/access/sign-in.ts'
import { json, operator, post, settings, world } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'

const KNOWN = '__Host-contextdrag-known'
const QUARTER = 15 * 60_000 + 1000

let mail: MailService
beforeEach(() => {
  mail = new MailService()
  useMail()
  world((request) => mail.answer(request))
})
afterEach(() => {
  vi.useRealTimers()
  Object.assign(settings(), { BUCKET_JURISDICTION: 'eu' })
})

const someone = () => `someone-${crypto.randomUUID()}@example.org`
const later = (milliseconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
const strangerAsks = async (address: string) => (await new Browser().ask(address)).status

/** All that strangers may ask for in a day. */
async function useUp(address: string): Promise<void> {
  for (let quarter = 0; quarter < 4; quarter++) {
    later(QUARTER)
    for (let i = 0; i < 5; i++) await strangerAsks(address)
  }
  later(QUARTER)
  expect(await strangerAsks(address)).toBe(429)
}

/** A browser in which somebody was signed in, with nothing but what it keeps of that. */
async function signedOut(address: string): Promise<Browser> {
  const browser = new Browser()
  await browser.signIn(address, mail)
  expect((await browser.delete('/session')).status).toBe(204)
  browser.cookies.delete('__Host-contextdrag-browser')
  expect([...browser.cookies.keys()]).toEqual([KNOWN])
  return browser
}

test('a browser that was signed in has an allowance of its own, which strangers do not use up', async () => {
  const address = someone()
  const owner = await signedOut(address)
  await useUp(address)
  await owner.signIn(address, mail)
  expect((await owner.get('/session')).status).toBe(200)
  // It is as large as that of the others: one of five was used.
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) statuses.push((await owner.ask(address)).status)
  expect(statuses).toEqual([202, 202, 202, 202, 429])
})

test('a browser that was signed in to one address is a stranger to another', async () => {
  const victim = someone()
  await signedOut(victim)
  await useUp(victim)
  const other = await signedOut(someone())
  expect((await other.ask(victim)).status).toBe(429)
  const cookie = other.cookies.get(KNOWN) ?? ''
  // The victim's name in the other's cookie is forged.
  other.cookies.set(KNOWN, `${await ownerOf(victim)}${cookie.slice(43)}`)
  expect((await other.ask(victim)).status).toBe(429)
  // Of a session's cookie, only the use differs.
  const elsewhere = new Browser()
  later(24 * 3600_000)
  await elsewhere.signIn(victim, mail)
  await useUp(victim)
  elsewhere.cookies.set(KNOWN, elsewhere.cookies.get('__Host-contextdrag-session') ?? '')
  expect((await elsewhere.ask(victim)).status).toBe(429)
})

test('a known browser keeps one secret for all its sign-ins, and opens nothing with it', async () => {
  const address = someone()
  const browser = await signedOut(address)
  const before = browser.cookies.get(KNOWN)
  await browser.signIn(address, mail)
  expect(browser.cookies.get(KNOWN)).toBe(before)
  const stub = env.OWNERS.getByName(await ownerOf(address))
  const known = () =>
    runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec('SELECT hash FROM known').toArray(),
    )
  expect(await known()).toHaveLength(1)
  const thief = new Browser()
  for (const name of [KNOWN, '__Host-contextdrag-session']) thief.cookies.set(name, before ?? '')
  expect((await thief.get('/session')).status).toBe(401)
  expect((await thief.open(before ?? '')).status).toBe(401)
})

/** The tables of an owner's object before browsers were known. */
const BEFORE = [
  'CREATE TABLE version (number INTEGER NOT NULL)',
  'INSERT INTO version (number) VALUES (1)',
  'CREATE TABLE owner (one INTEGER PRIMARY KEY CHECK (one = 1), address TEXT NOT NULL, account TEXT, region TEXT, openedAt INTEGER)',
  'CREATE TABLE link (hash TEXT PRIMARY KEY, browser TEXT NOT NULL, region TEXT NOT NULL, createdAt INTEGER NOT NULL, usedAt INTEGER)',
  'CREATE TABLE session (hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL, generation INTEGER NOT NULL, seen INTEGER NOT NULL, seenAt INTEGER NOT NULL, createdAt INTEGER NOT NULL, usedAt INTEGER NOT NULL)',
]

test('links of an object that knew no browsers count as those of strangers', async () => {
  const address = someone()
  await runInDurableObject(env.OWNERS.getByName(await ownerOf(address)), (_, { storage }) => {
    for (const statement of BEFORE) storage.sql.exec(statement)
    for (let i = 0; i < 4; i++)
      storage.sql.exec(
        "INSERT INTO link (hash, browser, region, createdAt) VALUES (?, 'b', 'auto', ?)",
        `hash ${i}`,
        Date.now(),
      )
  })
  const owner = await signedOut(address)
  expect(await strangerAsks(address)).toBe(429)
  expect((await owner.ask(address)).status).toBe(202)
})

test('an operator begins the counting anew; links that were sent stay valid', async () => {
  const address = someone()
  const browser = new Browser()
  await useUp(address)
  const reset = (email: string, headers = operator) =>
    post('/admin/sign-ins/reset', { email }, headers)
  expect((await reset(address, { authorization: 'Bearer nobody' })).status).toBe(401)
  expect(await strangerAsks(address)).toBe(429)
  expect((await reset(address.toUpperCase())).status).toBe(204)
  expect((await browser.ask(address)).status).toBe(202)
  const token = mail.tokenTo(address)
  expect((await reset(address)).status).toBe(204)
  expect((await browser.open(token)).status).toBe(204)
  // Nothing is made of an address that nobody asked for.
  const unknown = someone()
  expect((await reset(unknown)).status).toBe(204)
  const tables = await runInDurableObject(
    env.OWNERS.getByName(await ownerOf(unknown)),
    (_, { storage }) => storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'owner'"),
  )
  expect(tables.toArray()).toEqual([])
})

test('a region that no account can have is neither offered nor mailed a link for', async () => {
  const offered = async () =>
    (await json(await new Browser().request('GET', '/console/sign-in'))).regions
  expect(await offered()).toContain('eu')
  expect((await new Browser().ask(someone(), { region: 'eu' })).status).toBe(202)
  Object.assign(settings(), { BUCKET_JURISDICTION: undefined })
  expect(await offered()).toEqual(['auto', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'])
  mail.mails.length = 0
  const refused = await new Browser().ask(someone(), { region: 'eu' })
  const { code, detail, errors } = await json(refused)
  expect([refused.status, code]).toEqual([422, 'invalid_option'])
  expect(detail).toContain('region is eu')
  // A setting's name is no word of an owner's.
  expect(JSON.stringify([detail, errors])).not.toContain('BUCKET')
  expect(mail.mails).toEqual([])
})

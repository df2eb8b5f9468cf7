import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { providerObject } from '../../../edge/objects/names.ts'
import { bindings, call, settings } from '../app.ts'

/** Of every queue of a worker, which has one for each kind of engine; of all workers without a name. */
const faults = async (worker: string, count: number) => {
  for (const { name } of settings().PROVIDERS.filter(({ name }) => name.startsWith(worker)))
    for (let i = 0; i < count; i++) await providerObject(bindings, name).fault()
}
let now = Date.now()
/** What this isolate has read is fresh for half a minute. */
const later = (seconds: number) => {
  now += 1000 * seconds
  vi.spyOn(Date, 'now').mockReturnValue(now)
}
beforeEach(() => later(60))
afterEach(() => vi.restoreAllMocks())

type Status = { status: string; models: { name: string; status: string }[] }
const read = async () => (await (await call('/status')).json()) as Status
const states = ({ models }: Status) =>
  Object.fromEntries(models.map(({ name, status }) => [name, status]))

test('needs no key, and says of each served model whether it is in order', async () => {
  expect(await read()).toMatchObject({ status: 'unknown' })
  later(31)
  await faults('first', 1)
  const up = await read()
  expect(states(up)).toEqual({ instant: 'up', embedded: 'up', 'embedded-fast': 'up' })
  expect(up.status).toBe('up')
  later(31)
  // The other provider serves embedded-fast, but has run nothing.
  await faults('first', 4)
  expect((await read()).status).toBe('down')
  later(31)
  await faults('second', 1)
  const degraded = await read()
  expect(states(degraded)).toEqual({ instant: 'down', embedded: 'down', 'embedded-fast': 'up' })
  expect(degraded.status).toBe('degraded')
  // Names and addresses of providers are the operator's.
  expect(JSON.stringify(degraded)).not.toMatch(/first|second|worker\.example/)
})

test('is asked of the providers twice a minute at most, and may be cached as long', async () => {
  const response = await call('/status')
  expect(response.headers.get('cache-control')).toBe('public, max-age=30')
  expect(response.headers.get('vary')).toContain('Accept')
  const before = (await response.json()) as Status
  await faults('', 5)
  later(29)
  expect(await read()).toEqual(before)
  later(2)
  expect(await read()).toMatchObject({ status: 'down' })
})

test('is a page for browsers, without a script', async () => {
  await faults('', 5)
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const page = await call('/status', { headers: { accept } })
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
  const html = await page.text()
  expect(html).toContain('<h1>The service is out of order</h1>')
  expect(html.match(/<rect /g)).toHaveLength(3 * 90)
  expect(html).not.toContain('<script')
})

test('of a provider that fails nothing is known, and nobody else asks it for half a minute', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  await faults('', 5)
  const { getByName } = bindings.PROVIDERS_STATE
  let asked = 0
  vi.spyOn(Object.getPrototypeOf(bindings.PROVIDERS_STATE), 'getByName').mockImplementation(
    function (this: unknown, ...args: unknown[]) {
      asked++
      if (!String(args[0]).endsWith('.instant'))
        return getByName.apply(bindings.PROVIDERS_STATE, args as Parameters<typeof getByName>)
      return { availability: () => Promise.reject(new Error('the object is overloaded')) }
    },
  )
  const all = await Promise.all(Array.from({ length: 5 }, read))
  expect(asked).toBe(settings().PROVIDERS.length)
  for (const one of all) {
    expect(states(one)).toMatchObject({ instant: 'unknown', embedded: 'down' })
    expect(one.status).toBe('down')
  }
  expect(JSON.stringify(logged.mock.calls)).toContain('the object is overloaded')
  later(29)
  await read()
  expect(asked).toBe(settings().PROVIDERS.length)
})

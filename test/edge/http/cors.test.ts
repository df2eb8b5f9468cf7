/** A page can read every response, errors included: otherwise it takes them for a lost connection. */

import { beforeAll, describe, expect, test } from 'vitest'
import { Account, call } from '../app.ts'

const origin = 'https://app.example.org'
let account: Account
beforeAll(async () => {
  account = await Account.open()
})

const readable = (response: Response) => [
  response.status,
  response.headers.get('access-control-allow-origin'),
  response.headers.get('vary'),
]

describe('a page can read', () => {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const cases: [what: string, status: number, path: string, init?: () => RequestInit][] = [
    ['what succeeds', 200, '/v1/edits', () => ({ headers: bearer(account.live) })],
    ['the contract', 200, '/openapi.json'],
    ['health', 200, '/healthz'],
    ['401 without a key', 401, '/v1/edits'],
    ['401 with a wrong key', 401, '/v1/edits', () => ({ headers: bearer(`${account.live}0`) })],
    ['404 of an edit', 404, '/v1/edits/x', () => ({ headers: bearer(account.live) })],
    ['404 of a route', 404, '/v2/edits'],
    ['403 of a signed URL', 403, '/blobs/acct/x?expires=1&signature=z'],
    ['403 of an upload', 403, '/blobs/acct/x?expires=1&signature=z', () => ({ method: 'PUT' })],
    ['401 of the operator', 401, '/admin/accounts'],
    ['404 of a run', 404, '/internal/runs/x/events', () => ({ method: 'POST' })],
  ]
  test.each(cases)('%s', async (_, status, path, init = () => ({})) => {
    const { headers, ...rest } = init()
    const response = await call(path, { ...rest, headers: { origin, ...headers } })
    expect(readable(response)).toEqual([status, origin, 'Origin'])
    expect(response.headers.get('access-control-expose-headers')).toContain('Retry-After')
  })
})

test('without an Origin there is none to allow, and a cache keeps the two apart', async () => {
  expect(readable(await call('/healthz'))).toEqual([200, null, 'Origin'])
})

test('a preflight allows what the API takes, of any path', async () => {
  const asked = { origin, 'access-control-request-method': 'DELETE' }
  const response = await call('/v1/edits/x', { method: 'OPTIONS', headers: asked })
  expect(readable(response).slice(0, 2)).toEqual([204, origin])
  expect(response.headers.get('access-control-allow-methods')).toContain('DELETE')
  const headers = response.headers.get('access-control-allow-headers') ?? ''
  expect(headers).toContain('idempotency-key')
  // Tracing and apps add headers of their own. The star does not stand for Authorization.
  expect(headers.split(',')).toEqual(expect.arrayContaining(['authorization', '*']))
})

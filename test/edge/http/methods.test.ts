/** A route that is asked with a method it does not have says which ones it has. */

import { beforeAll, describe, expect, test } from 'vitest'
import contract from '../../../openapi.json' with { type: 'json' }
import { Account, call, operator } from '../app.ts'

let account: Account
beforeAll(async () => {
  account = await Account.open()
})

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']

describe('every declared route', () => {
  const routes = Object.entries(contract.paths).map(
    ([path, operations]) =>
      [path, Object.keys(operations).map((name) => name.toUpperCase())] as const,
  )
  // A path that another one's parameter takes as well: `batch` could be an edit.
  const also: Record<string, string[]> = { '/v1/edits/batch': ['GET', 'DELETE'] }
  test.each(routes)('%s', async (path, own) => {
    const declared = [...own, ...(also[path] ?? [])]
    for (const method of METHODS.filter((name) => !declared.includes(name))) {
      const headers = { ...account.headers, origin: 'https://app.example.org' }
      const response = await call(path.replaceAll(/\{\w+\}/g, 'x'), { method, headers })
      const allowed = (response.headers.get('allow') ?? '').split(', ')
      expect([method, response.status, allowed.filter((name) => name !== 'HEAD').sort()]).toEqual([
        method,
        405,
        [...declared].sort(),
      ])
      expect(allowed.includes('HEAD')).toBe(declared.includes('GET'))
      expect(response.headers.get('access-control-allow-origin')).toBe(headers.origin)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await response.json()).toMatchObject({
        code: 'method_not_allowed',
        status: 405,
        requestId: response.headers.get('request-id'),
      })
    }
  })
})

test.each([
  ['PATCH', '/blobs/acct/x/in/y', 'GET, HEAD, PUT'],
  ['DELETE', '/openapi.json', 'GET, HEAD'],
  ['GET', '/internal/runs/x/events', 'POST'],
  ['PUT', '/admin/accounts', 'GET, HEAD, POST'],
])('%s %s, which is not in the contract', async (method, path, allow) => {
  const response = await call(path, { method, headers: operator })
  expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
})

test('a path without a route is 404, whatever the method, and HEAD is a GET without its body', async () => {
  for (const method of METHODS) {
    const response = await call('/v1/nothing', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([404, null])
  }
  const head = await call('/healthz', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

/** What only the operator may ask. */

import { expect, test } from 'vitest'
import { call, json, operator, post } from '../app.ts'

test('accounts are listed page by page, each once', async () => {
  const ids = new Set<string>()
  for (let i = 0; i < 3; i++) {
    const reference = crypto.randomUUID()
    const opened = await post('/admin/accounts', { name: 'page', reference }, operator)
    ids.add(String((await json(opened)).id))
  }
  const list = async (query: string) =>
    (await json(await call(`/admin/accounts?${query}`, { headers: operator }))) as {
      accounts: { id: string }[]
      next?: string
    }
  const all = (await list('')).accounts.map(({ id }) => id)
  const seen: string[] = []
  let page = await list('limit=2')
  for (; page.next !== undefined; page = await list(`limit=2&cursor=${page.next}`)) {
    expect(page.accounts).toHaveLength(2)
    seen.push(...page.accounts.map(({ id }) => id))
  }
  seen.push(...page.accounts.map(({ id }) => id))
  expect(seen).toEqual(all)
  expect([...ids].filter((id) => !seen.includes(id))).toEqual([])
  const status = async (query: string) =>
    (await call(`/admin/accounts?${query}`, { headers: operator })).status
  for (const query of ['limit=0', 'limit=1001']) expect(await status(query)).toBe(422)
  for (const query of ['cursor=nonsense', 'page=2']) expect(await status(query)).toBe(400)
})

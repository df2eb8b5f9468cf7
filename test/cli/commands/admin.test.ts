/** The operator's commands, against a fake edge. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextdrag } from '../../fixtures/cli.ts'

const TOKEN = 'operator-token-of-the-test'
const asked: { line: string; body: string }[] = []
let server: Server
let answer: { status: number; body: unknown } = { status: 200, body: {} }

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end()
    asked.push({ line: `${request.method} ${request.url}`, body })
    return response
      .writeHead(answer.status)
      .end(answer.body === null ? '' : JSON.stringify(bodyOf(answer.body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

const bodyOf = (body: unknown) => (typeof body === 'function' ? body() : body)

async function admin(
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const { port } = server.address() as AddressInfo
  const env = { CONTEXTDRAG_URL: `http://127.0.0.1:${port}/`, OPERATOR_TOKEN: TOKEN }
  const { code, stdout, stderr } = await contextdrag(['admin', ...args], { env })
  return { code, out: stdout, err: stderr }
}

test.each([
  [
    ['accounts', 'create', 'shop', '--region', 'eu', '--reference', 'r'],
    'POST /admin/accounts',
    { name: 'shop', region: 'eu', reference: 'r' },
  ],
  [['accounts', 'show', 'a/b'], 'GET /admin/accounts/a%2Fb', null],
  [['accounts', 'audit', 'acc'], 'GET /admin/accounts/acc/audit', null],
  [
    ['topup', 'acc', '500', '--reference', 'bill 1'],
    'POST /admin/accounts/acc/topups',
    { amount: 500, reference: 'bill 1' },
  ],
  [
    ['accounts', 'models', 'acc', 'instant', 'flux2-klein-4b'],
    'PUT /admin/accounts/acc/models',
    { models: ['instant', 'flux2-klein-4b'] },
  ],
  [['accounts', 'models', 'acc', '--all'], 'DELETE /admin/accounts/acc/models', null],
  [
    ['sign-ins', 'reset', 'a@example.org'],
    'POST /admin/sign-ins/reset',
    { email: 'a@example.org' },
  ],
  [['replay'], 'POST /admin/stripe/replay', {}],
  [['keys', 'revoke', 'acc', 'k1'], 'DELETE /admin/accounts/acc/keys/k1', null],
])('%j', async (args, line, body) => {
  answer = { status: 200, body: { done: true } }
  const { code, out } = await admin(...args)
  expect([code, JSON.parse(out)]).toEqual([0, { done: true }])
  expect(asked.at(-1)?.line).toBe(line)
  if (body !== null) expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual(body)
})

test('prints all accounts, however many pages they fill', async () => {
  const pages = [
    { accounts: [{ id: 'a' }], next: 'two' },
    { accounts: [{ id: 'b' }], next: 'three' },
    { accounts: [] },
  ]
  const before = asked.length
  answer = { status: 200, body: () => pages[asked.length - before - 1] }
  const { out } = await admin('accounts', 'list')
  expect(JSON.parse(out)).toEqual({ accounts: [{ id: 'a' }, { id: 'b' }] })
  expect(asked.slice(before).map(({ line }) => line)).toEqual([
    'GET /admin/accounts',
    'GET /admin/accounts?cursor=two',
    'GET /admin/accounts?cursor=three',
  ])
})

test.each([[[]], [['instant', '--all']]])(
  'models of an account are named, or all: %j',
  async (args) => {
    const before = asked.length
    const { code, err } = await admin('accounts', 'models', 'acc', ...args)
    expect([code, JSON.parse(err).code, asked.length]).toEqual([2, 'invalid_option', before])
  },
)

test("prints the edge's error, and never the token", async () => {
  answer = {
    status: 409,
    body: { code: 'conflict', detail: 'reference r is that of another posting' },
  }
  const { code, out, err } = await admin('topup', 'a', '1', '--reference', 'r')
  expect([code, out]).toEqual([2, ''])
  expect(JSON.parse(err.trim().split('\n').at(-1) ?? '')).toMatchObject({ code: 'conflict' })
  expect(err).not.toContain(TOKEN)
})

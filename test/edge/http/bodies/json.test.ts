/** JSON bodies as the serializers of several languages write them. */

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseJson } from '../../../../edge/http/bodies/json.ts'
import { Account, call, world } from '../../app.ts'
import { editBody } from '../../fake-worker.ts'

let account: Account
beforeAll(async () => {
  account = await Account.open()
})
afterEach(() => vi.unstubAllGlobals())

test('null is dropped from objects at any depth, and from nothing else', () => {
  expect(parseJson('{"a":null,"b":{"c":null,"d":0},"e":[{"f":null}],"g":"","h":false}')).toEqual({
    b: { d: 0 },
    e: [{}],
    g: '',
    h: false,
  })
  expect(parseJson('[null,1]')).toHaveLength(2)
})

describe('null is as good as absent', () => {
  const plan = async () => {
    const { drags, model } = await editBody()
    return { image: { width: 128, height: 96 }, drags, model }
  }
  const cases: [path: string, body: () => Promise<object>, optional: string[]][] = [
    [
      '/v1/edits',
      editBody,
      [
        'mask',
        'prompt',
        'seed',
        'output',
        'metadata',
        'maxCost',
        'steps',
        'model',
        'scope',
        'profile',
      ],
    ],
    ['/v1/plan', plan, ['mask', 'model', 'steps', 'scope', 'profile']],
    ['/v1/client-tokens', async () => ({}), ['name', 'maxSpend', 'models', 'origins', 'expiresIn']],
  ]
  test.each(cases)('%s', async (path, body, optional) => {
    world(() => new Response(null, { status: 202 }))
    const given = await body()
    const sent = { ...given, ...Object.fromEntries(optional.map((name) => [name, null])) }
    const answer = await account.post(path, sent)
    expect([answer.status, await answer.text()]).toEqual([
      path === '/v1/edits' ? 202 : path === '/v1/plan' ? 200 : 201,
      expect.anything(),
    ])
  })

  test('also in what is nested; a required field is then missing', async () => {
    world(() => new Response(null, { status: 202 }))
    const output = { format: 'webp', quality: null, maxSize: null }
    expect((await account.post('/v1/edits', await editBody({ output }))).status).toBe(202)
    for (const [change, code] of [
      [{ image: null }, 'image_missing'],
      [{ drags: null }, 'no_drags'],
      [{ drags: [null] }, 'invalid_request'],
    ] as const) {
      const answer = await account.post('/v1/edits', await editBody(change))
      expect(await answer.json()).toMatchObject({ code })
    }
  })
})

test.each(['Application/JSON', 'application/json;charset=utf-8', 'application/vnd.api+json'])(
  'a body of the type %s',
  async (type) => {
    world(() => new Response(null, { status: 202 }))
    const headers = { ...account.headers, 'content-type': type }
    const body = JSON.stringify(await editBody())
    expect((await call('/v1/edits', { method: 'POST', body, headers })).status).toBe(202)
  },
)

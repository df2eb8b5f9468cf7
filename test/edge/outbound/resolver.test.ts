/** Names are looked up before they are asked, at a resolver that the test plays. */

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isPublic, resolverAt } from '../../../edge/outbound/resolver.ts'
import { greyPng } from '../../fixtures/png.ts'
import { Account, resetProviders, settings } from '../app.ts'
import { editBody, FakeWorker } from '../fake-worker.ts'

const RESOLVER = 'https://dns.example/dns-query'
type Records = Record<string, { type: number; data: string }[]>

/** Answers as Cloudflare does: https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
function reply(request: Request, names: Records): Response {
  const { searchParams } = new URL(request.url)
  const name = searchParams.get('name') ?? ''
  const wanted = searchParams.get('type') === 'A' ? 1 : 28
  const records = names[name]
  if (records === undefined) return Response.json({ Status: 3, Question: [] })
  const Answer = records
    .filter(({ type }) => type === wanted || type === 5)
    .map((record) => ({ name, TTL: 60, ...record }))
  return Response.json(
    { Status: 0, Answer },
    { headers: { 'content-type': 'application/dns-json' } },
  )
}

afterEach(() => {
  vi.unstubAllGlobals()
  Object.assign(settings(), { RESOLVER_URL: undefined })
})

describe('a resolver', () => {
  const play = (answer: (request: Request) => Response) => {
    const asked: Request[] = []
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const request = new Request(url, init)
      asked.push(request)
      return answer(request)
    })
    return asked
  }

  test('is asked for both kinds of addresses, and aliases are no addresses', async () => {
    const asked = play((request) =>
      reply(request, {
        'a.example': [
          { type: 5, data: 'b.example.' },
          { type: 1, data: '93.184.216.34' },
          { type: 28, data: '2606:2800:21f::1' },
        ],
      }),
    )
    expect(await resolverAt(RESOLVER)('a.example')).toEqual(['93.184.216.34', '2606:2800:21f::1'])
    expect(asked.map(({ url }) => url)).toEqual([
      `${RESOLVER}?name=a.example&type=A`,
      `${RESOLVER}?name=a.example&type=AAAA`,
    ])
    expect(asked[0]?.headers.get('accept')).toBe('application/dns-json')
  })

  test.each([
    ['knows no such name', (request: Request) => reply(request, {})],
    ['fails', () => new Response('no', { status: 500 })],
    ['sends something else', () => new Response('<html>')],
  ])('that %s gives no address', async (_, answer) => {
    play(answer)
    expect(await resolverAt(RESOLVER)('a.example')).toEqual([])
  })
})

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
test.each([
  ['93.184.216.34', true],
  ['172.32.0.1', true],
  ['100.128.0.1', true],
  ['2606:4700::1111', true],
  ['::ffff:93.184.216.34', true],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['198.18.0.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['fc00::1', false],
  ['fd00:ec2::254', false],
  ['fe80::1', false],
  ['ff02::1', false],
  ['nonsense', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublic(address)).toBe(expected)
})

describe('an edit with an image URL', () => {
  let account: Account
  let worker: FakeWorker
  let photo: Uint8Array<ArrayBuffer>
  const names: Records = {
    'good.example.org': [{ type: 1, data: '93.184.216.34' }],
    'mixed.example.org': [
      { type: 1, data: '93.184.216.34' },
      { type: 1, data: '10.0.0.7' },
    ],
    'six.example.org': [{ type: 28, data: 'fd00:ec2::254' }],
    'leads.example.org': [{ type: 1, data: '93.184.216.34' }],
  }
  const asked: string[] = []
  beforeAll(async () => {
    account = await Account.open()
    photo = (await greyPng(128, 96, (x) => x)) as Uint8Array<ArrayBuffer>
  })
  beforeEach(async () => {
    await resetProviders()
    asked.length = 0
    worker = new FakeWorker()
    worker.others = (request) => {
      const { origin, hostname } = new URL(request.url)
      if (origin === new URL(RESOLVER).origin) return reply(request, names)
      asked.push(hostname)
      if (hostname === 'leads.example.org')
        return Response.redirect('https://six.example.org/a.png', 302)
      return new Response(photo, { headers: { 'content-type': 'image/png' } })
    }
  })
  const edit = async (host: string) => {
    const answer = await account.post(
      '/v1/edits',
      await editBody({ image: `https://${host}/a.png` }),
    )
    return [answer.status, ((await answer.json()) as { code?: string }).code]
  }

  test('is rejected if its host has a private address, and the host is not asked', async () => {
    Object.assign(settings(), { RESOLVER_URL: RESOLVER })
    for (const host of ['mixed.example.org', 'six.example.org'])
      expect(await edit(host)).toEqual([422, 'image_unreachable'])
    expect(asked).toEqual([])
    expect(await edit('leads.example.org')).toEqual([422, 'image_unreachable'])
    expect(asked).toEqual(['leads.example.org'])
  })

  test('is accepted if its addresses are public or not known, or without a resolver', async () => {
    expect(await edit('mixed.example.org')).toEqual([202, undefined])
    Object.assign(settings(), { RESOLVER_URL: RESOLVER })
    expect(await edit('good.example.org')).toEqual([202, undefined])
    expect(await edit('unknown.example.org')).toEqual([202, undefined])
  })
})

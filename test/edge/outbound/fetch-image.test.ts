import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../edge/memory/budget.ts'
import type { OutboundRules } from '../../../edge/outbound/address.ts'
import { fetchImage } from '../../../edge/outbound/fetch-image.ts'
import { MAX_IMAGE_BYTES } from '../../../shared/files/image-header.ts'

const picture = () => new Response('pixels', { headers: { 'content-type': 'image/png' } })
const rules = (fetch: OutboundRules['fetch']): OutboundRules => ({
  ownOrigins: ['https://api.example.com', 'https://worker.example.com'],
  allowedPrivateOrigins: ['http://127.0.0.1:9999'],
  fetch,
  resolve: null,
})
const take = (bytes: number) => new MemoryBudget(MAX_IMAGE_BYTES, 1000).take('me', bytes)
const never: OutboundRules['fetch'] = async () => {
  throw new Error('it must not be asked')
}
const code = (address: string, fetch: OutboundRules['fetch'] = never) =>
  fetchImage(address, rules(fetch), take).then(
    () => 'fetched',
    (error: { code: string; message: string }) => error.code,
  )

describe('URLs that are never requested', () => {
  test.each([
    'http://example.com/a.png',
    'ftp://example.com/a.png',
    'not a url',
    'https://user:secret@example.com/a.png',
    'https://127.0.0.1/a.png',
    'https://2130706433/a.png',
    'https://0x7f.1/a.png',
    'https://0177.0.0.1/a.png',
    'https://127.1/a.png',
    'https://10.0.0.1/a.png',
    'https://169.254.169.254/latest/meta-data',
    'https://8.8.8.8/a.png',
    'https://[::1]/a.png',
    'https://[::ffff:127.0.0.1]/a.png',
    'https://localhost/a.png',
    'https://LOCALHOST./a.png',
    'https://a.localhost/a.png',
    'https://printer/a.png',
    'https://db.internal/a.png',
    'https://nas.local/a.png',
    'https://router.home.arpa/a.png',
    'https://api.example.com/a.png',
    'https://API.example.com./a.png',
    'https://worker.example.com:8443/a.png',
    'http://127.0.0.1:9998/a.png',
    'https://127.0.0.1./a.png',
    'https://127.0.0.1../a.png',
    'https://127.0.0.1.../a.png',
    'https://127.0.0.1%2e%2e/a.png',
    'https://127%2E0%2e0.1/a.png',
    'https://\u2460\u2461\u2466.0.0.1/a.png',
    'https://127\u30020\u30020\u30021\u3002\u3002/a.png',
    'https://0x7f.0.0.1../a.png',
    'https://017700000001../a.png',
    'https://2130706433../a.png',
    'https://169.254.169.254../latest/meta-data',
    'https://1.1.1.1..../a.png',
    'https://localhost../a.png',
    'https://LOCALHOST%2e%2e/a.png',
    'https://a..localhost../a.png',
    'https://metadata.google.internal../a.png',
    'https://api.example.com../a.png',
    'https://api.example.com%2E%2E/a.png',
    'https://pictures..example.com/a.png',
    'https://pictures.example.0x7f../a.png',
    `https://${'a'.repeat(64)}.example.com/a.png`,
  ])('%s', async (address) => {
    expect(await code(address)).toBe('image_unreachable')
  })
})

describe('URLs that are requested', () => {
  test('a public one, and the exact private origin that is allowed', async () => {
    expect(
      new TextDecoder().decode(
        (
          await fetchImage(
            'https://example.com/a.png',
            rules(async () => picture()),
            take,
          )
        ).bytes,
      ),
    ).toBe('pixels')
    expect(await code('http://127.0.0.1:9999/a.png', async () => picture())).toBe('fetched')
  })

  test.each([
    'example.com.',
    'EXAMPLE.com',
    'b\u00fccher.example',
    'a_b.x--y.example',
    '127.0.0.1.nip.io',
    '\u4f8b\u5b50.\u4e2d\u56fd',
  ])('a public name: %s', async (host) => {
    expect(await code(`https://${host}/a.png`, async () => picture())).toBe('fetched')
  })

  test('at most three redirects are followed, and each URL is checked', async () => {
    const chain =
      (hops: string[]): OutboundRules['fetch'] =>
      async (url, init) => {
        expect(init.redirect).toBe('manual')
        const next = hops[hops.indexOf(url) + 1]
        return next === undefined
          ? picture()
          : new Response(null, { status: 302, headers: { location: next } })
      }
    const at = (i: number) => `https://h${i}.example.com/`
    expect(await code(at(0), chain([at(0), at(1), at(2), at(3)]))).toBe('fetched')
    expect(await code(at(0), chain([at(0), at(1), at(2), at(3), at(4)]))).toBe('image_unreachable')
    expect(await code(at(0), chain([at(0), 'https://127.0.0.1/']))).toBe('image_unreachable')
    expect(await code(at(0), chain([at(0), 'http://h1.example.com/']))).toBe('image_unreachable')
    expect(await code(at(0), async () => new Response(null, { status: 301 }))).toBe(
      'image_unreachable',
    )
  })

  test.each([
    'binary/octet-stream',
    'Application/Octet-Stream',
    'application/x-download',
    'application/force-download',
    'application/x-www-form-urlencoded',
    'text/plain; charset=utf-8',
    'image/jpg; x=y',
    '',
  ])('whatever the host calls the type of the picture: %s', async (type) => {
    const headers = new Headers(type === '' ? {} : { 'content-type': type })
    const bytes = new Uint8Array([1])
    expect(await code('https://example.com/', async () => new Response(bytes, { headers }))).toBe(
      'fetched',
    )
  })

  test('with a User-Agent, without which many hosts answer 403', async () => {
    const picky: OutboundRules['fetch'] = async (_, { headers }) =>
      new Headers(headers).get('user-agent') === 'contextdrag'
        ? picture()
        : new Response(null, { status: 403 })
    expect(await code('https://example.com/', picky)).toBe('fetched')
  })

  test('asking for formats that are read: with image/* alone, some hosts choose AVIF', async () => {
    const accepts: (string | null)[] = []
    const host: OutboundRules['fetch'] = async (_, { headers }) => {
      accepts.push(new Headers(headers).get('accept'))
      return picture()
    }
    await code('https://example.com/', host)
    expect(accepts).toEqual(['image/png, image/jpeg, image/webp, image/*;q=0.1'])
  })

  test('errors, other content types and endless responses are rejected', async () => {
    expect(
      await code('https://example.com/', async () => new Response('no', { status: 404 })),
    ).toBe('image_unreachable')
    expect(
      await code(
        'https://example.com/',
        async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      ),
    ).toBe('image_unreachable')
    expect(
      await code('https://example.com/', async () => {
        throw new TypeError('rejected')
      }),
    ).toBe('image_unreachable')
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) })
    expect(
      await code(
        'https://example.com/',
        async () => new Response(endless(), { headers: { 'content-type': 'image/png' } }),
      ),
    ).toBe('image_too_large')
    const broken = () =>
      new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) })
    expect(
      await code(
        'https://example.com/',
        async () => new Response(broken(), { headers: { 'content-type': 'image/png' } }),
      ),
    ).toBe('image_unreachable')
  })
})

import { expect, test } from 'vitest'
import { download } from '../../../cli/mcp/download.ts'

const { signal } = new AbortController()
/** A resolver that knows one host. */
const resolving =
  (...addresses: string[]) =>
  (_host: string, _options: object, answer: (error: null, found: object[]) => void) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

test.each([
  [['127.0.0.1']],
  [['10.1.2.3']],
  [['169.254.169.254']],
  [['::1']],
  [['fd00::1']],
  [['::ffff:127.0.0.1']],
  // One of several is enough.
  [['93.184.216.34', '192.168.0.1']],
])('a host that resolves to %s is not asked', async (addresses) => {
  const resolve = resolving(...addresses) as never
  await expect(download('https://photos.example/a.jpg', signal, resolve)).rejects.toMatchObject({
    code: 'image_unreachable',
    message: expect.stringContaining('not public'),
  })
})

test.each([
  ['http://photos.example/a.jpg', 'https'],
  ['https://93.184.216.34/a.jpg', 'IP address'],
  ['https://2130706433/a.jpg', 'IP address'],
  ['https://[::1]/a.jpg', 'IP address'],
])('%s is rejected before anything is looked up', async (address, why) => {
  const resolve = (() => expect.fail('looked up')) as never
  await expect(download(address, signal, resolve)).rejects.toMatchObject({
    code: 'image_unreachable',
    message: expect.stringContaining(why),
  })
})

/** Against fetch, which reads data URLs as the standard says. */

import { expect, test } from 'vitest'
import { dataUrlBytes, isDataUrl } from '../../../shared/files/data-url.ts'

test.each([
  'data:image/png;base64,+/8=',
  'data:image/png;BASE64,+/8=',
  'data:image/png; base64,+/8=',
  'data:image/png;base64 ,+/8=',
  'data:image/png;base64,%2B%2F8%3D',
  'data:image/png;base64,%2b/8',
  'DATA:image/png;base64,+/8=',
  ' data:image/png;base64,+/8= ',
  'data:image/png;base64,+/\n8=',
  'data:;base64,+/8=',
  'data:image/png;name=a.png;charset=utf-8;base64,+/8=',
  'data:image/png;base64,+/8=#fragment',
  'data:image/png,%89PNG%0D',
  'data:image/png,100%+%zz%4',
  'data:,caf\u00e9 ',
  'data:image/png;base64,',
])('%s', async (url) => {
  const expected = new Uint8Array(await (await fetch(url)).arrayBuffer())
  expect(dataUrlBytes(url)).toEqual(expected)
  expect(isDataUrl(url)).toBe(true)
})

test.each(['data:image/png;base64,***', 'data:image/png;base64,A', 'data:image/png;base64'])(
  '%s is none, and fetch agrees',
  async (url) => {
    await expect(fetch(url)).rejects.toThrow()
    expect(dataUrlBytes(url)).toBeNull()
  },
)

test('other texts are none', () => {
  for (const text of ['', 'hello, you', 'https://a.example/x,y', 'xdata:,a'])
    expect([isDataUrl(text), dataUrlBytes(text)]).toEqual([false, null])
})

test('six megabytes are read in a moment', () => {
  const bytes = new Uint8Array(4_500_000).map((_, i) => i * 7)
  const base64 = Buffer.from(bytes).toString('base64')
  const start = Date.now()
  for (const body of [base64, base64.replaceAll('+', '%2B')])
    expect(Buffer.compare(dataUrlBytes(`data:;base64,${body}`) ?? Buffer.of(), bytes)).toBe(0)
  expect(Date.now() - start).toBeLessThan(5000)
})

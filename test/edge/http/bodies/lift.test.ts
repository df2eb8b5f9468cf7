/** Files that are taken out of JSON. Expected values come from JSON.parse of the whole. */

import { describe, expect, test } from 'vitest'
import { jsonDataUrl, liftFiles, longDataUrl } from '../../../../edge/http/bodies/lift.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)
const HEAD = 'data:image/png;base64,'
const long = (fill = 'A') => HEAD + fill.repeat(3000)

/** Text and files together, as a parser of the whole would give them. */
function read(json: string) {
  const { text, files } = liftFiles(encode(json))
  const { image, mask, ...rest } = JSON.parse(text)
  return {
    rest,
    image: decode(files.image) ?? image,
    mask: decode(files.mask) ?? mask,
    left: text.length,
  }
}

test('both files are lifted, and their heads stay', () => {
  const body = { a: 'ä"\\', image: long(), n: [1, { image: 'x' }], mask: long('B'), z: true }
  const json = JSON.stringify(body)
  const { text, files } = liftFiles(encode(json))
  expect(JSON.parse(text)).toEqual({ ...body, image: HEAD, mask: HEAD })
  expect([decode(files.image), decode(files.mask)]).toEqual([long(), long('B')])
})

describe('the value is the one that JSON has', () => {
  const escaped = long('+/a=')
    .replaceAll('/', '\\/')
    .replaceAll('+', '\\u002b')
    .replace('=', '\\u003D')
  const cases: [what: string, json: string][] = [
    ['with escapes', `{"image":"${escaped}"}`],
    [
      'with an escaped quote and a pair of surrogates',
      `{"image":"${long()}\\"\\ud83d\\ude00\\\\"}`,
    ],
    ['with spaces', `\n { "image" :\t"${long()}" , "x" : 1 } `],
    ['after a byte order mark', `\ufeff{"image":"${long()}"}`],
    ['of two, the last', `{"image":"${long('A')}","image":"${long('B')}"}`],
    ['of two, the last, although it is short', `{"image":"${long()}","image":"data:,a"}`],
    ['of two, the last, although it is an object', `{"image":"${long()}","image":{"edit":"e"}}`],
    ['after nested members of that name', `{"x":{"image":["mask",{}]},"mask":"${long()}"}`],
    ['short', '{"image":"data:,a","mask":null}'],
    ['a long URL', `{"image":"https://a.example/${'b'.repeat(5000)}"}`],
    ['whose name is escaped', `{"im\\u0061ge":"${long()}"}`],
    ['nested only', `{"metadata":{"image":"${long()}"}}`],
    ['with image as a value', `{"x":"image","y":"${long()}"}`],
  ]
  test.each(cases)('%s', (_, json) => {
    const { image, mask, ...rest } = JSON.parse(json.replace(/^\ufeff/, ''))
    expect(read(json)).toMatchObject({ rest, image, mask })
  })
})

test.each([
  ['that breaks off', `{"image":"${long()}`],
  ['that breaks off in an escape', `{"image":"${long()}\\`],
  ['with a line end in a string', `{"image":"${long()}\n"}`],
  ['that is none', long()],
])('JSON %s stays wrong', (_, json) => {
  expect(() => JSON.parse(liftFiles(encode(json)).text)).toThrow(SyntaxError)
})

test.each([
  ['a long field', JSON.stringify({ prompt: 'x'.repeat(600_000) })],
  ['a file in bare base64', JSON.stringify({ image: 'A'.repeat(600_000) })],
  ['many brackets', '['.repeat(600_000)],
  ['much after a file', `{"image":"${long()}","x":[${'1,'.repeat(300_000)}1]}`],
])('%s is too large', (_, json) => {
  expect(() => liftFiles(encode(json))).toThrow(/except image and masks have more than 500000/)
})

test('a document that is a data URL', () => {
  expect(decode(jsonDataUrl(encode(` ${JSON.stringify(long())}\n`)) ?? undefined)).toBe(long())
  const others = [`x${JSON.stringify(long())}`, `"${long()}","${long()}"`, '"data:,a"', long(), '']
  for (const other of others) expect(jsonDataUrl(encode(other))).toBeNull()
  expect(decode(longDataUrl(encode(` ${long()}`)) ?? undefined)).toBe(` ${long()}`)
  expect(longDataUrl(encode('x'.repeat(3000)))).toBeNull()
})

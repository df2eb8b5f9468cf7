import { expect, test } from 'vitest'
import { isJson, mediaType } from '../../../../edge/http/bodies/media-type.ts'

test.each([
  [undefined, '', {}],
  ['Application/JSON', 'application/json', {}],
  ['image/jpeg; charset=binary', 'image/jpeg', { charset: 'binary' }],
  [
    'multipart/form-data;Boundary="a;b=c" ; x = y ',
    'multipart/form-data',
    { boundary: 'a;b=c', x: 'y' },
  ],
  [
    "form-data; name=image; filename=my photo.jpg; filename*=utf-8''my%20photo.jpg",
    'form-data',
    { name: 'image', filename: 'my photo.jpg', 'filename*': "utf-8''my%20photo.jpg" },
  ],
  ['form-data; name="a\\"b"; filename=""', 'form-data', { name: 'a"b', filename: '' }],
])('%s', (header, type, parameters) => {
  const parsed = mediaType(header)
  expect([parsed.type, Object.fromEntries(parsed.parameters)]).toEqual([type, parameters])
})

test('JSON by name or by suffix', () => {
  expect(
    ['application/json', 'application/problem+json', 'text/json', 'application/jsonl'].map(isJson),
  ).toEqual([true, true, false, false])
})

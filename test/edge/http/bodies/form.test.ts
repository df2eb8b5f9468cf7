/** Forms as the HTTP clients of several languages write them, byte for byte. */

import { beforeAll, describe, expect, test, vi } from 'vitest'
import contract from '../../../../openapi.json' with { type: 'json' }
import { greyPng, rectangleMask } from '../../../fixtures/png.ts'
import { Account, call, world } from '../../app.ts'

const BOUNDARY = '7427efb8-6ce7-4740-9198-d90399842641'
const drags = [
  { handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } },
  { handle: { x: 100, y: 80 }, target: { x: 100, y: 80 } },
]
let account: Account
let photo: Uint8Array
let mask: Uint8Array
beforeAll(async () => {
  account = await Account.open()
  photo = await greyPng(128, 96, (x) => x)
  mask = await rectangleMask(128, 96, 16, 16, 120, 90)
})

type Part = readonly [headers: string[], body: string | Uint8Array]
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
/** Text has one byte for each character. */
const joined = (...texts: (string | Uint8Array)[]) =>
  new Blob(
    texts.map(
      (text) => (typeof text === 'string' ? bytesOf(text) : text) as Uint8Array<ArrayBuffer>,
    ),
  )
const framed = (parts: readonly Part[]) =>
  joined(
    ...parts.flatMap(([headers, body]) => [
      `--${BOUNDARY}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`,
      body,
      '\r\n',
    ]),
    `--${BOUNDARY}--\r\n`,
  )
const named = (name: string, body: string | Uint8Array, ...more: string[]): Part => [
  [`Content-Disposition: form-data; name="${name}"`, ...more],
  body,
]
const file = (name: string, body: Uint8Array, type: string): Part => [
  [
    `Content-Disposition: form-data; name="${name}"; filename="${name}.png"`,
    `Content-Type: ${type}`,
  ],
  body,
]
const image = () => file('image', photo, 'image/png')
const drag = () => named('drags', JSON.stringify(drags))
const model = named('model', 'embedded-fast')

async function send(body: Blob, type = `multipart/form-data; boundary="${BOUNDARY}"`) {
  world(() => new Response(null, { status: 202 }))
  const headers = { ...account.headers, 'content-type': type }
  const answer = await call('/v1/edits', {
    method: 'POST',
    body: await body.arrayBuffer(),
    headers,
  })
  vi.unstubAllGlobals()
  return { ...((await answer.json()) as Record<string, unknown>), status: answer.status }
}
const accepted = { image: { width: 128, height: 96 }, model: 'embedded-fast' }

test('every option that is one of some words is sent as that word', async () => {
  const options: Record<string, { enum?: string[]; [rule: string]: unknown }> =
    contract.components.schemas.CreateEdit.properties
  const words = Object.entries(options).flatMap(([name, option]) => {
    const word = option.enum?.[0]
    // What instant alone reads is not for this model.
    const other = ['model', 'filling', 'field', 'shadows'].includes(name)
    return word === undefined || other ? [] : [named(name, word)]
  })
  expect(words.length).toBeGreaterThan(7)
  expect((await send(framed([image(), drag(), model, ...words]))).status).toBe(202)
})

describe('a form is accepted', () => {
  const json = 'Content-Type: application/json'
  const cases: [what: string, parts: () => Part[]][] = [
    [
      'with names without quotes and filename*, as .NET sends them',
      () => [
        [
          [
            "Content-Disposition: form-data; name=image; filename=photo.jpg; filename*=utf-8''photo.jpg",
            'Content-Type: image/jpeg',
          ],
          photo,
        ],
        [
          ['Content-Disposition: form-data; name=drags', 'Content-Type: text/plain; charset=utf-8'],
          JSON.stringify(drags),
        ],
        [
          ['Content-Type: text/plain; charset=utf-8', 'Content-Disposition: form-data; name=model'],
          'embedded-fast',
        ],
      ],
    ],
    [
      'with bytes that have neither a file name nor a type',
      () => [
        [['Content-Disposition: form-data; name=image'], photo],
        named('mask', mask),
        drag(),
        model,
      ],
    ],
    [
      'with a file that has only a type',
      () => [named('image', photo, 'Content-Type: application/octet-stream'), drag(), model],
    ],
    [
      'with only filename*, in any charset',
      () => [
        [["Content-Disposition: form-data; name=image; filename*=iso-8859-1'en'caf%E9.png"], photo],
        drag(),
        model,
      ],
    ],
    ...['caf\xe9.png', '\xd1\x84\xd0\xbe.png', 'C:\\a;b=\\"c\\".png'].map(
      (name): [string, () => Part[]] => [
        `with the file name ${name}`,
        () => [
          [[`Content-Disposition: form-data; name="image"; filename="${name}"`], photo],
          drag(),
          model,
        ],
      ],
    ),
    [
      'with headers in any letter case, and folded',
      () => [
        [
          [
            'CONTENT-DISPOSITION: Form-Data;\r\n Name="image";\r\n\tFilename="a.png"',
            'content-type:Image/PNG',
          ],
          photo,
        ],
        [
          ['content-disposition:form-data;name=drags', 'Content-Type: Application/JSON'],
          JSON.stringify(drags),
        ],
        model,
      ],
    ],
    [
      'with lists and objects as JSON files, as generated clients send them',
      () => [
        image(),
        [
          ['Content-Disposition: form-data; name="drags"; filename="blob"', json],
          JSON.stringify(drags),
        ],
        [
          ['Content-Disposition: form-data; name="output"; filename="blob"', json],
          '{"format":"webp","quality":null}',
        ],
        named('model', '"embedded-fast"', json),
        named('prompt', 'caf\xe9', 'Content-Type: text/plain; charset=ISO-8859-1'),
      ],
    ],
    [
      'with one part for each item of a list',
      () => [image(), ...drags.map((one) => named('drags', JSON.stringify(one), json)), model],
    ],
    [
      'with JSON in files of any type, as Python and blobs without a type send it',
      () => [
        image(),
        [['Content-Disposition: form-data; name="drags"; filename="drags"'], JSON.stringify(drags)],
        [
          [
            'Content-Disposition: form-data; name="output"; filename="blob"',
            'Content-Type: application/octet-stream',
          ],
          '{"format":"webp"}',
        ],
        model,
      ],
    ],
    [
      'with True and False, as Python writes them',
      () => [image(), drag(), model, named('pre', 'False'), named('oam', 'True')],
    ],
    ['with one item as the list', () => [image(), named('drags', JSON.stringify(drags[0])), model]],
    [
      'with fields that are empty or null',
      () => [
        image(),
        [
          [
            'Content-Disposition: form-data; name="mask"; filename=""',
            'Content-Type: application/octet-stream',
          ],
          '',
        ],
        ...['seed', 'output', 'prompt', 'profile', 'metadata', 'drags', 'maxCost', 'image'].map(
          (name) => named(name, ''),
        ),
        named('steps', 'null'),
        drag(),
        model,
      ],
    ],
  ]
  test.each(cases)('%s', async (_, parts) => {
    expect(await send(framed(parts()))).toMatchObject({ status: 202, ...accepted })
  })

  test('with text around it, blanks after its boundaries, and no line after the last one', async () => {
    const part = ([headers, body]: Part) => [
      '  \r\n',
      ...headers.map((one) => `${one}\r\n`),
      '\r\n',
      body,
      '\r\n',
    ]
    const body = joined(
      'This is a form.\r\n',
      ...[image(), drag(), model].flatMap((one) => [`--${BOUNDARY}`, ...part(one)]),
      `--${BOUNDARY}--`,
    )
    expect(await send(body)).toMatchObject({ status: 202, ...accepted })
  })

  test.each(['Multipart/Form-Data; boundary=', 'multipart/form-data;charset=utf-8; Boundary='])(
    'as %s',
    async (type) => {
      expect(await send(framed([image(), drag(), model]), `${type}${BOUNDARY}`)).toMatchObject({
        status: 202,
      })
    },
  )

  test('with a stored image as text or as JSON', async () => {
    const stored = JSON.stringify({ edit: `edit_${'0'.repeat(48)}` })
    for (const type of ['text/plain', 'application/json'])
      expect(
        await send(framed([named('image', stored, `Content-Type: ${type}`), drag()])),
      ).toMatchObject({
        status: 404,
        code: 'not_found',
      })
  })
})

describe('a form is rejected', () => {
  const cases: [what: string, parts: () => Part[], problem: Record<string, unknown>][] = [
    ['with two images', () => [image(), image(), drag()], { status: 400, pointer: '/image' }],
    [
      'with two masks',
      () => [image(), file('mask', mask, 'image/png'), file('mask', mask, 'image/png'), drag()],
      { status: 400, pointer: '/mask' },
    ],
    [
      'with a field twice',
      () => [named('seed', '1'), named('seed', '1')],
      { status: 400, pointer: '/seed' },
    ],
    [
      'with an unknown field, even empty',
      () => [image(), drag(), named('x', '')],
      { status: 400, pointer: '/x' },
    ],
    [
      'with an unknown field that is no JSON: its name is the mistake',
      () => [image(), drag(), named('_charset_', 'utf-8')],
      { status: 400, pointer: '/_charset_', detail: expect.stringMatching(/Unrecognized key/) },
    ],
    [
      'with a photo in base64, as mail has it',
      () => [
        [
          [
            'Content-Disposition: form-data; name="image"; filename="a.png"',
            'Content-Transfer-Encoding: BASE64',
          ],
          btoa(String.fromCharCode(...photo)),
        ],
        drag(),
      ],
      { status: 400, pointer: '/image', detail: expect.stringMatching(/base64.*as they are/) },
    ],
    ['without drags', () => [image(), named('drags', '')], { status: 422, code: 'no_drags' }],
    [
      'with a part without a name',
      () => [[['Content-Disposition: form-data'], '1']],
      { status: 400 },
    ],
    ['with a part without headers', () => [[[], '1']], { status: 400 }],
    [
      'with an unknown charset',
      () => [named('prompt', 'a', 'Content-Type: text/plain; charset=nonsense')],
      { status: 400, pointer: '/prompt' },
    ],
    [
      'with a picture in place of a number',
      () => [image(), drag(), file('seed', photo, 'image/png')],
      { status: 400, pointer: '/seed' },
    ],
    [
      'with hundreds of parts',
      () => Array.from({ length: 201 }, () => named('drags', JSON.stringify(drags[0]))),
      { status: 400, detail: expect.stringContaining('200 parts') },
    ],
  ]
  test.each(cases)('%s', async (_, parts, problem) => {
    expect(await send(framed(parts()))).toMatchObject(problem)
  })

  test('that breaks off, or has no boundary', async () => {
    const form = framed([image(), drag(), model])
    const invalid = (detail: RegExp) => ({
      code: 'invalid_request',
      detail: expect.stringMatching(detail),
    })
    const ends = invalid(/cut off.*another boundary.*CRLF/)
    expect(await send(form.slice(0, form.size - 60))).toMatchObject(ends)
    expect(await send(form, 'multipart/form-data; boundary=other')).toMatchObject(ends)
    const lines = new Blob([(await form.text()).replaceAll('\r\n', '\n')])
    expect(await send(lines)).toMatchObject(ends)
    const none = invalid(/no boundary.*HTTP client/)
    expect(await send(form, 'multipart/form-data')).toMatchObject(none)
  })
})

/** Bodies as other tools write them: what is wrong is said in the words of the sender. */

import { beforeAll, expect, test } from 'vitest'
import { greyPng } from '../../../fixtures/png.ts'
import { Account, call } from '../../app.ts'

let account: Account
let photo: Uint8Array
const drags = [{ handle: { x: 64, y: 64 }, target: { x: 160, y: 80 } }]
beforeAll(async () => {
  account = await Account.open()
  photo = await greyPng(256, 192, (x, y) => (x * y) & 255)
})

const bare = () => btoa(String.fromCharCode(...photo))

/** A form whose file part has no filename, as some tools write it. */
function form(name: string): Promise<Response> {
  const head = `--b\r\ncontent-disposition: form-data; name="${name}"\r\ncontent-type: image/png\r\n\r\n`
  const part = `\r\n--b\r\ncontent-disposition: form-data; name="drags"\r\n\r\n${JSON.stringify(drags)}`
  return call('/v1/edits', {
    method: 'POST',
    body: new Blob([head, photo as Uint8Array<ArrayBuffer>, part, '\r\n--b--\r\n']),
    headers: { ...account.headers, 'content-type': 'multipart/form-data; boundary=b' },
  })
}

test('a photo without a filename is a photo all the same', async () => {
  expect((await form('image')).status).toBe(202)
})

test('bare base64 as image or mask', async () => {
  const image = await account.post('/v1/edits', { image: bare(), drags })
  expect(await image.json()).toMatchObject({
    code: 'invalid_request',
    pointer: '/image',
    detail: expect.stringContaining('put data:image/jpeg;base64, before it'),
  })
  const body = { image: `data:image/png;base64,${bare()}`, mask: bare(), drags }
  expect(await (await account.post('/v1/edits', body)).json()).toMatchObject({
    code: 'mask_unreadable',
    detail: expect.stringContaining('put data:image/png;base64, before it'),
  })
})

test('base64 in lines, and a data URL without its scheme', async () => {
  const lines = bare().replace(/(.{76})/g, '$1\r\n')
  const detail = async (image: string, mask?: string) => {
    const answer = await account.post('/v1/edits', { image, mask, drags })
    return ((await answer.json()) as { detail: string }).detail
  }
  expect(await detail(lines)).toContain('put data:image/jpeg;base64, before it')
  expect(await detail(`image/png;base64,${bare()}`)).toContain('put data: before it')
  const image = `data:image/png;base64,${bare()}`
  expect(await detail(image, lines)).toContain('put data:image/png;base64, before it')
  expect(await detail(image, 'https://example.com/mask.png')).toMatch(/a URL.*file or a data URL/)
})

test('a compressed body is called one, whatever it is for', async () => {
  for (const type of ['application/json', 'multipart/form-data; boundary=b']) {
    const headers = { ...account.headers, 'content-type': type, 'content-encoding': 'gzip' }
    const answer = await call('/v1/edits', { method: 'POST', body: photo, headers })
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/compressed \(gzip\)/),
    })
  }
  const headers = { ...account.headers, 'content-encoding': 'Identity' }
  expect((await call('/v1/edits', { headers })).status).toBe(200)
})

test('other text is still read as a URL', async () => {
  const answer = await account.post('/v1/edits', { image: 'photo.jpg', drags })
  expect(await answer.json()).toMatchObject({
    code: 'image_unreachable',
    detail: expect.stringContaining('it is not a URL'),
  })
})

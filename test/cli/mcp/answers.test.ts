import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { failed, said, shown, together } from '../../../cli/mcp/answers.ts'
import { ContextDragError } from '../../../client/index.ts'
import { EditError } from '../../../shared/errors.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: '#fc08' } })
    .png()
    .toBuffer()

describe('a picture', () => {
  test('is shown as it is if it is small', async () => {
    const png = await picture(300, 200)
    const { content } = await shown({}, png)
    const data = png.toString('base64')
    expect(content[1]).toEqual({ type: 'image', mimeType: 'image/png', data })
  })

  test('is shown with at most 1024 pixels a side if it is large', async () => {
    const { content } = await shown({}, await picture(3000, 1500))
    const [, image] = content
    if (image?.type !== 'image') return expect.fail('no picture')
    expect(image.mimeType).toBe('image/jpeg')
    const made = await sharp(Buffer.from(image.data, 'base64')).metadata()
    expect([made.format, made.width, made.height]).toEqual(['jpeg', 1024, 512])
  })
})

describe('several edits', () => {
  test('are shown smaller, so that all of them fit', async () => {
    const { content } = await shown({}, await picture(3000, 1500), 4)
    const [, image] = content
    if (image?.type !== 'image') return expect.fail('no picture')
    const { width, height } = await sharp(Buffer.from(image.data, 'base64')).metadata()
    expect([width, height]).toEqual([512, 256])
  })

  test('are all named, whatever became of them', async () => {
    const edits = ['one', 'two', 'three'].map((id) => ({ id, status: 'queued' }))
    const problem = { type: 't', title: 't', status: 410, code: 'gone', detail: 'd' } as const
    const { content, isError } = await together(
      [...edits, { id: 'four', status: 'deleted' }],
      'http://edge',
      async (id) => {
        if (id === 'two') throw new ContextDragError(problem)
        return said({ id, status: 'succeeded' })
      },
    )
    expect(isError).toBeUndefined()
    expect(content.map((part) => JSON.parse(part.type === 'text' ? part.text : ''))).toEqual([
      { id: 'one', status: 'succeeded' },
      { id: 'two', error: problem },
      { id: 'three', status: 'succeeded' },
      { id: 'four', status: 'deleted' },
    ])
  })

  test('are an error if none is there', async () => {
    const answer = await together([{ id: 'one', status: 'queued' }], 'http://edge', () =>
      Promise.reject(new EditError('gone', 'd')),
    )
    expect(answer.isError).toBe(true)
  })
})

describe('an error', () => {
  test('of ours has its code, and its value', () => {
    const error = new EditError('no_drags', 'none of 0', { pointer: '/drags' })
    const { isError, content } = failed(error, 'http://edge')
    expect(isError).toBe(true)
    const [part] = content
    expect(JSON.parse(part?.type === 'text' ? part.text : '')).toEqual(error.problem())
  })

  test('of the network names the edge and the reason', async () => {
    const nobody = await fetch('http://127.0.0.1:1').catch((error) => error)
    const [part] = failed(nobody, 'http://127.0.0.1:1').content
    expect(JSON.parse(part?.type === 'text' ? part.text : '')).toMatchObject({
      code: 'not_found',
      detail: expect.stringMatching(/http:\/\/127\.0\.0\.1:1 cannot be reached \(.+\)/),
    })
  })

  test('that is a bug is not made a problem of the caller', () => {
    expect(() => failed(new TypeError('x is not a function'), 'http://edge')).toThrow('x is not')
  })
})

test.each([
  [{ CONTEXTDRAG_KEY: 'k' }, 'CONTEXTDRAG_URL'],
  [{ CONTEXTDRAG_URL: 'http://127.0.0.1:1' }, 'CONTEXTDRAG_KEY'],
])('the server does not start with %o alone', async (env, missing) => {
  const { code, stderr } = await contextdrag(['mcp'], { env })
  expect(code).toBe(2)
  expect(JSON.parse(stderr).detail).toContain(missing)
})

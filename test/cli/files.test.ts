/** Files that cannot be read or written are one line of JSON, before anything is computed. */

import { mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { beforeEach, expect, test } from 'vitest'
import { prepareOutput, writeOutput } from '../../cli/files.ts'
import { sampleFolder } from '../../samples/render.ts'
import { contextdrag } from '../fixtures/cli.ts'

const photo = `${sampleFolder('balloon')}photo.jpg`
const clip = fileURLToPath(new URL('../fixtures/golden/clip', import.meta.url))
const drag = ['--drag', '206,190:300,160']
const fast = ['--model', 'embedded-fast', '--steps', '1', '--sam', 'none']
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-files-'))
})

test('the folder of a result is made', async () => {
  const out = join(folder, 'new', 'folder', 'out.png')
  const small = join(folder, 'small.jpg')
  await sharp(photo).resize(384).toFile(small)
  const move = ['--drag', '103,95:150,80']
  const { code, stderr } = await contextdrag(['edit', small, ...move, ...fast, '--out', out])
  expect([code, stderr]).toEqual([0, ''])
  expect((await stat(out)).size).toBeGreaterThan(1000)
  expect(await readdir(join(folder, 'new', 'folder'))).toEqual(['out.png'])
})

test.each([
  ['edit', photo, ...drag, ...fast, '--out'],
  ['mask', photo, '--add', '206,190', '--out'],
  ['plan', photo, ...drag, '--picture'],
])('%s: a result below a file is rejected before it is computed', async (...args) => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  // A cache that cannot be written either would be the next fault.
  const env = { CONTEXTDRAG_CACHE: join(file, 'cache') }
  const { code, stdout, stderr } = await contextdrag([...args, join(file, 'out.png')], { env })
  expect([code, stdout, JSON.parse(stderr)]).toMatchObject([
    2,
    '',
    { code: 'invalid_option', pointer: `/${args.at(-1)?.slice(2)}` },
  ])
})

test('a folder and a bucket that is not listed are rejected, a device is not replaced', async () => {
  await mkdir(join(folder, 'out.png'))
  await expect(prepareOutput(join(folder, 'out.png'), '/out')).rejects.toMatchObject({
    code: 'invalid_option',
    message: expect.stringContaining('EISDIR'),
  })
  await expect(prepareOutput('s3://other/out.png', '/out')).rejects.toMatchObject({
    code: 'invalid_option',
    message: expect.stringContaining('S3_BUCKETS'),
  })
  await prepareOutput('/dev/null', '/out')
  await writeOutput('/dev/null', '/out', Buffer.from('x'), 'image/png')
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
})

test('preparing leaves an older result as it is', async () => {
  const out = join(folder, 'out.png')
  await writeFile(out, 'old')
  await prepareOutput(out, '/out')
  expect(await readdir(folder)).toEqual(['out.png'])
  expect((await stat(out)).size).toBe(3)
})

test.each([
  [['edit', 'gone.jpg', ...drag], 'image_missing', '/image'],
  [['edit', '--from', 'gone.json'], 'invalid_request', '/from'],
  [['edit', photo, ...drag, '--mask', 'gone.png'], 'mask_unreadable', '/mask'],
  [['edit', photo, ...drag, '--mask', '.'], 'mask_unreadable', '/mask'],
  [['mask', photo, '--add', '1,2', '--within', 'gone.png'], 'mask_unreadable', '/within'],
  [['mask', photo, '--add', '1,2', '--sam', 'gone'], 'model_unavailable', undefined],
  [['models', 'verify', 'gone'], 'model_unavailable', undefined],
  [['models', 'inspect', 'gone'], 'model_unavailable', undefined],
  [
    ['run-graph', 'clip-text', '--checkpoint', clip, '--inputs', 'gone', '--outputs', '/dev/null'],
    'model_unavailable',
    undefined,
  ],
] as const)('%j is rejected', async (args, code, pointer) => {
  const result = await contextdrag(args, { cwd: folder })
  expect([result.code, JSON.parse(result.stderr)]).toMatchObject([
    2,
    { code, ...(pointer !== undefined && { pointer }) },
  ])
  expect(result.stderr).toMatch(/gone|EISDIR/)
  expect(await readdir(folder)).toEqual([])
})

test('an invalid setting and an edge that is not there are rejected', async () => {
  const setting = await contextdrag(['edit', photo, ...drag, ...fast], { env: { THREADS: 'many' } })
  expect([setting.code, JSON.parse(setting.stderr)]).toMatchObject([
    2,
    { code: 'invalid_option', detail: expect.stringContaining('THREADS') },
  ])
  const env = {
    CONTEXTDRAG_URL: 'http://127.0.0.1:65500',
    OPERATOR_TOKEN: 'a-token-of-the-operator',
  }
  const edge = await contextdrag(['admin', 'accounts', 'list'], { env })
  expect([edge.code, JSON.parse(edge.stderr)]).toMatchObject([
    2,
    { detail: 'the edge at http://127.0.0.1:65500 cannot be reached (ECONNREFUSED)' },
  ])
})

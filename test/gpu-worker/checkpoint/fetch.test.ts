/**
 * `models fetch` against a fake hub: its listing, redirects, ranges and errors. It has not been
 * tested against the real hub.
 */

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { contextdrag } from '../../fixtures/cli.ts'

const REPO = 'black-forest-labs/FLUX.1-Kontext-dev'
const weights = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) & 255))
const files: Record<string, Buffer> = {
  'model_index.json': Buffer.from('{}'),
  'LICENSE.md': Buffer.from('terms'),
  'transformer/config.json': Buffer.from('{"a":1}'),
  'transformer/diffusion_pytorch_model.safetensors': weights,
  'tokenizer/vocab.json': Buffer.from('{"b":2}'),
  'flux1-kontext-dev.safetensors': Buffer.from('the single file, not wanted'),
  'pictures/teaser.png': Buffer.from('not wanted either'),
}
const requests: { url: string; range: string | undefined; token: string | undefined }[] = []
let status = 200
let corrupt = false
let endpoint = ''

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = decodeURIComponent(request.url ?? '')
  requests.push({ url, range: request.headers.range, token: request.headers.authorization })
  if (status !== 200) {
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"gated"}')
    return
  }
  if (url.startsWith(`/api/models/${REPO}/tree/main`)) {
    const listing = Object.entries(files).map(([path, bytes]) => ({
      type: 'file',
      path,
      size: bytes.length,
      oid: 'x',
      ...(path.endsWith('.safetensors') && {
        lfs: {
          oid: createHash('sha256').update(bytes).digest('hex'),
          size: bytes.length,
          pointerSize: 130,
        },
      }),
    }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listing))
    return
  }
  const path = url.replace(`/${REPO}/resolve/main/`, '').replace(/\?.*/, '')
  const original = files[path]
  if (original === undefined) {
    response.writeHead(404).end()
    return
  }
  const bytes = corrupt && path.endsWith('.safetensors') ? Buffer.alloc(original.length) : original
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const headers = {
    etag: '"e"',
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  }
  if (match === null) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes)
    return
  }
  const from = Number(match[1])
  const to = match[2] === '' ? bytes.length - 1 : Math.min(bytes.length - 1, Number(match[2]))
  const part = bytes.subarray(from, to + 1)
  response
    .writeHead(206, {
      ...headers,
      'content-length': part.length,
      'content-range': `bytes ${from}-${to}/${bytes.length}`,
    })
    .end(part)
}

const server = createServer(answer)
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  requests.length = 0
  status = 200
  corrupt = false
})

const fetchModels = (...args: string[]) =>
  contextdrag(['models', 'fetch', ...args], {
    env: { HF_ENDPOINT: endpoint, HF_TOKEN: 'hf_secret' },
  })
const folder = () => mkdtemp(join(tmpdir(), 'contextdrag-fetch-'))
const accepted = (to: string) => fetchModels('flux1-kontext-dev', '--to', to, '--accept-licence')

test('prints the licence, and sends no request before it is accepted', async () => {
  const result = await fetchModels('flux1-kontext-dev', '--to', await folder())
  expect([result.code, result.stderr.includes('Non-Commercial')]).toEqual([2, true])
  expect(requests).toEqual([])
})

test('downloads only the files of the pipeline, with the token', async () => {
  const to = await folder()
  const { code, stdout, stderr } = await accepted(to)
  expect([code, stdout.includes('5 files')]).toEqual([0, true])
  expect((await readdir(to, { recursive: true })).sort()).toEqual([
    'LICENSE.md',
    'model_index.json',
    'tokenizer',
    'tokenizer/vocab.json',
    'transformer',
    'transformer/config.json',
    'transformer/diffusion_pytorch_model.safetensors',
  ])
  expect(await readFile(join(to, 'transformer/diffusion_pytorch_model.safetensors'))).toEqual(
    weights,
  )
  expect(requests.every(({ token }) => token === 'Bearer hf_secret')).toBe(true)
  expect(stdout + stderr).not.toContain('hf_secret')

  requests.length = 0
  expect((await accepted(to)).code).toBe(0)
  expect(requests.filter(({ url }) => url.includes('/resolve/'))).toEqual([])
})

test('resumes an interrupted download', async () => {
  const to = await folder()
  await accepted(to)
  const path = join(to, 'transformer/diffusion_pytorch_model.safetensors')
  await writeFile(`${path}.part`, weights.subarray(0, 150_000))
  await import('node:fs/promises').then(({ rm }) => rm(path))
  requests.length = 0
  expect((await accepted(to)).code).toBe(0)
  expect(await readFile(path)).toEqual(weights)
  const ranges = requests.filter(({ url }) => url.includes('safetensors')).map(({ range }) => range)
  expect(ranges).toContain('bytes=150000-199999')
})

test('a file with the wrong digest is rejected', async () => {
  corrupt = true
  const to = await folder()
  const { code, stderr } = await accepted(to)
  expect([code, stderr.includes('the digest of')]).toEqual([2, true])
  expect(await readdir(join(to, 'transformer'))).not.toContain(
    'diffusion_pytorch_model.safetensors',
  )
})

test('a hub that fails or cannot be reached is one line of JSON', async () => {
  const last = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '')
  status = 500
  const failing = await accepted(await folder())
  expect([failing.code, last(failing.stderr)]).toMatchObject([2, { code: 'model_unavailable' }])
  expect(failing.stderr).toContain('500')
  const unreachable = await contextdrag(
    ['models', 'fetch', 'flux1-kontext-dev', '--to', await folder(), '--accept-licence'],
    { env: { HF_ENDPOINT: 'http://127.0.0.1:1' } },
  )
  expect([unreachable.code, last(unreachable.stderr)]).toMatchObject([
    2,
    {
      code: 'model_unavailable',
      detail: expect.stringContaining('the hub did not send the files'),
    },
  ])
})

test('a gated repository and unknown or computed backbones are errors with a reason', async () => {
  status = 403
  const gated = await accepted(await folder())
  expect(gated.code).toBe(2)
  expect(gated.stderr).toContain('accept its licence there and set HF_TOKEN')
  expect((await fetchModels('flux9', '--to', await folder(), '--accept-licence')).stderr).toContain(
    'unknown_model',
  )
  expect(
    (await fetchModels('embedded', '--to', await folder(), '--accept-licence')).stderr,
  ).toContain('nothing to download')
})

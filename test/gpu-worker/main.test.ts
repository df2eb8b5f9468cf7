import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../gpu-worker/main.ts', import.meta.url))
const golden = fileURLToPath(new URL('../fixtures/golden', import.meta.url))
const newFolder = () => mkdtemp(join(tmpdir(), 'contextdrag-boot-'))

/** Starts a worker that cannot start. @returns its exit code, and stderr without the warnings */
function start(env: Record<string, string>): Promise<{ code: unknown; stderr: string }> {
  const settings = {
    PATH: process.env.PATH,
    PORT: '0',
    RUN_PUBLIC_KEYS: 'A'.repeat(43),
    ALLOWED_ORIGINS: 'http://127.0.0.1:8787',
    MODELS: 'embedded-fast',
    CONTEXTDRAG_CACHE: join(tmpdir(), 'contextdrag-test-checkpoints'),
    ...env,
  }
  const args = ['--disable-warning=ExperimentalWarning', main]
  return new Promise((resolve) =>
    execFile(process.execPath, args, { env: settings, timeout: 60_000 }, (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    ),
  )
}

async function expectOneLine(env: Record<string, string>, code: string, detail: RegExp) {
  const { code: exit, stderr } = await start(env)
  expect({ exit, lines: stderr.trimEnd().split('\n').length }).toEqual({ exit: 2, lines: 1 })
  expect(JSON.parse(stderr)).toMatchObject({
    message: 'cannot start',
    code,
    detail: expect.stringMatching(detail),
  })
}

test('an invalid setting is one line that names it', async () => {
  await expectOneLine({ THREADS: 'many' }, 'invalid_option', /THREADS/)
})

test('a port that is taken is one line that names it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  await expectOneLine({ PORT: String(port) }, 'invalid_option', new RegExp(`${port} .EADDRINUSE`))
  other.close()
})

test('a checkpoint that cannot be opened is one line that names the file', async () => {
  const folder = await newFolder()
  const env = {
    MODELS: 'flux1-kontext-dev',
    CHECKPOINTS: JSON.stringify({ 'flux1-kontext-dev': folder }),
  }
  await expectOneLine(env, 'model_unavailable', new RegExp(folder))
})

test('a cache that cannot be written is one line that names it', async () => {
  const file = join(await newFolder(), 'file')
  await writeFile(file, '')
  await expectOneLine({ CONTEXTDRAG_CACHE: join(file, 'cache') }, 'model_unavailable', /ENOTDIR/)
})

test.each(['vision_encoder.onnx', 'prompt_encoder_mask_decoder.onnx'])(
  'a damaged SAM is one line that names %s',
  async (graph) => {
    const folder = await newFolder()
    await cp(join(golden, 'sam'), folder, { recursive: true })
    const file = join(folder, 'onnx', graph)
    await truncate(file, (await readFile(file)).length >> 1)
    await expectOneLine(
      { SAM: folder },
      'model_unavailable',
      new RegExp(`${graph}: the graph cannot`),
    )
  },
)

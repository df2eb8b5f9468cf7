import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { sampleFolder } from '../../../samples/render.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const photo = `${sampleFolder('balloon')}photo.jpg`
const mask = `${sampleFolder('balloon')}mask.png`
const drag = ['--drag', '206,190:521,160']

test('takes a mask of the shadow, also in a saved edit, and reports it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-cli-'))
  const write = async (name: string, bytes: Uint8Array) => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    return path
  }
  const shadow = await sharp({
    create: { width: 768, height: 512, channels: 3, background: 'black' },
  })
    .composite([
      {
        input: {
          create: { width: 96, height: 64, channels: 3, background: 'white' },
        },
        left: 160,
        top: 360,
      },
    ])
    .png()
    .toBuffer()
  const file = await write('shadow.png', shadow)
  const out = join(folder, 'shadow-moved.png')
  const args = ['edit', photo, ...drag, '--mask', mask, '--seed', '5', '--out', out, '--json']
  const plain = await contextdrag(args)
  expect(JSON.parse(plain.stdout).record).not.toHaveProperty('affects')
  const before = await readFile(out)
  const { code, stdout } = await contextdrag([...args, '--affects', file])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).record.affects).toEqual({ area: 0.0156 })
  const moved = await readFile(out)
  expect(Buffer.compare(before, moved)).not.toBe(0)
  const url = async (path: string, type: string) =>
    `data:image/${type};base64,${(await readFile(path)).toString('base64')}`
  const create = {
    image: await url(photo, 'jpeg'),
    mask: await url(mask, 'png'),
    affects: await url(file, 'png'),
    drags: [{ handle: { x: 206, y: 190 }, target: { x: 521, y: 160 } }],
    seed: 5,
  }
  const saved = await write('shadow.json', Buffer.from(JSON.stringify({ version: 1, create })))
  expect((await contextdrag(['edit', '--from', saved, '--out', out])).code).toBe(0)
  expect(Buffer.compare(await readFile(out), moved)).toBe(0)
})

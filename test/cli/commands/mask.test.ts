import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { sampleFolder } from '../../../samples/render.ts'
import { contextdrag as runCli } from '../../fixtures/cli.ts'
import { readSample } from '../../fixtures/pictures.ts'

const photo = `${sampleFolder('balloon')}photo.jpg`
const drag = ['--drag', '206,190:521,160']
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-masks-'))
})

const contextdrag = (...args: string[]) => runCli(args, { cwd: folder })

async function write(name: string, bytes: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, await bytes)
  return path
}

describe('mask', () => {
  test('finds a thing from a click, also in a photo with EXIF orientation', async () => {
    const out = join(folder, 'found.png')
    const ladybird = `${sampleFolder('ladybird')}photo.jpg`
    const { code, stdout } = await contextdrag('mask', ladybird, '--add', '270,300', '--out', out)
    expect(code).toBe(0)
    const { covered, width, height } = JSON.parse(stdout)
    expect([width, height]).toEqual([640, 640])
    expect(covered).toBeGreaterThan(0.06)
    expect(covered).toBeLessThan(0.09)
    const at = async (file: string, left: number, top: number) =>
      (
        await sharp(file).greyscale().extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
      )[0]
    expect([await at(out, 270, 300), await at(out, 60, 60)]).toEqual([255, 0])
    const turned = await write(
      'turned-ladybird.jpg',
      sharp(ladybird).rotate(-90).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(),
    )
    const box = ['--box', '140,160,400,440', '--remove', '60,60', '--out', out]
    expect((await contextdrag('mask', turned, '--add', '270,300:280,320', ...box)).code).toBe(0)
    expect([await at(out, 270, 300), await at(out, 60, 60)]).toEqual([255, 0])
  })

  test.each([
    [['--add', '1;2'], '/add'],
    [['--add', '1,2', '--box', '1,2,3'], '/box'],
    [['--add', '1,2', '--box', '9,9,3,3'], '/box'],
  ])('%s is rejected', async (args, pointer) => {
    const { code, stderr } = await contextdrag('mask', photo, ...args)
    expect([code, JSON.parse(stderr)]).toMatchObject([2, { code: 'invalid_request', pointer }])
  })
})

describe('--mask-kind editable', () => {
  const ladybird = `${sampleFolder('ladybird')}photo.jpg`
  const wide = (left: number, top: number, width: number, height: number) =>
    write(
      'wide.png',
      sharp({ create: { width: 640, height: 640, channels: 3, background: '#000' } })
        .composite([
          {
            left,
            top,
            input: { create: { width, height, channels: 3, background: '#fff' } },
          },
        ])
        .png()
        .toBuffer(),
    )
  const plan = async (file: string, kind: string, drags = '270,300:380,360') => {
    const args = ['--model', 'embedded', '--mask', file, '--mask-kind', kind, '--drag', drags]
    return contextdrag('plan', ladybird, ...args)
  }

  test('finds the thing inside the mask, and nothing outside it changes', async () => {
    const file = await wide(100, 120, 440, 400)
    const [found, whole] = [await plan(file, 'editable'), await plan(file, 'object')]
    const [inside, all] = [JSON.parse(found.stdout), JSON.parse(whole.stdout)]
    // The ladybird covers 7 % of the photo, the mask 43 %.
    const share = inside.sourceMask.length / (inside.grid.rows * inside.grid.cols)
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.1)
    expect(all.sourceMask.length).toBeGreaterThan(4 * inside.sourceMask.length)
    // An edit may find another thing, by SAM.
    const codes = ({ warnings }: { warnings: { code: string }[] }) =>
      warnings.map(({ code }) => code)
    expect(codes(inside)).toContain('mask_not_final')
    expect(codes(all)).not.toContain('mask_not_final')
    const near = JSON.parse((await plan(await wide(100, 120, 330, 400), 'editable')).stdout)
    const cols = near.editRegion.map((token: number) => token % near.grid.cols)
    expect(Math.max(...cols)).toBeLessThanOrEqual(Math.floor((430 * near.grid.cols) / 640))
  })

  test('requires a mask, with the handle inside it', async () => {
    const outside = await plan(await wide(10, 10, 80, 80), 'editable')
    expect(JSON.parse(outside.stderr)).toMatchObject({
      code: 'handle_outside_mask',
      pointer: '/drags/0/handle',
    })
    const none = await contextdrag('plan', ladybird, '--mask-kind', 'editable', ...drag)
    expect(JSON.parse(none.stderr).code).toBe('invalid_option')
  })
})

describe('edit --from', () => {
  let files = 0
  let small: string
  let smallMask: string
  beforeAll(async () => {
    const sample = await readSample('balloon', 0.5)
    small = await write('small.jpg', sample.photo)
    smallMask = await write('small.png', sample.mask)
  })

  const saved = async (change: Record<string, unknown> = {}, version = 1) => {
    const url = async (type: string, file: string) =>
      `data:${type};base64,${(await readFile(file)).toString('base64')}`
    const create = {
      image: await url('image/jpeg', small),
      mask: await url('image/png', smallMask),
      drags: [{ handle: { x: 103, y: 95 }, target: { x: 260, y: 80 } }],
      model: 'embedded-fast',
      seed: 7,
      border: 2,
      feather: 4,
      detail: 'model',
      ...change,
    }
    return write(
      `edit-${files++}.json`,
      Buffer.from(JSON.stringify({ version, name: 'balloon.jpg', create })),
    )
  }

  test('runs an edit saved by the playground like the same edit from the command line', async () => {
    const from = await saved()
    const one = join(folder, 'from.png')
    const made = await contextdrag('edit', '--from', from, '--out', one, '--json')
    expect([made.code, JSON.parse(made.stdout)]).toMatchObject([
      0,
      {
        model: 'embedded-fast',
        seed: 7,
        record: { options: { border: 2, feather: 4, detail: 'model' } },
      },
    ])
    const other = join(folder, 'by-hand.png')
    const byHand = ['--mask', smallMask, '--model', 'embedded-fast', '--seed', '7', '--out', other]
    byHand.push('--border', '2', '--feather', '4', '--detail', 'model')
    const smallDrag = ['--drag', '103,95:260,80']
    expect((await contextdrag('edit', small, ...smallDrag, ...byHand)).code).toBe(0)
    expect((await readFile(one)).equals(await readFile(other))).toBe(true)
  })

  test('options on the command line override the file', async () => {
    const out = join(folder, 'changed.png')
    const args = ['--from', await saved(), '--out', out, '--seed', '8', '--steps', '1', '--json']
    const { stdout } = await contextdrag('edit', ...args, '--detail', 'photo')
    const record = { options: { border: 2, detail: 'photo' } }
    expect(JSON.parse(stdout)).toMatchObject({ model: 'embedded-fast', seed: 8, steps: 1, record })
  })

  test('rejects other versions, unknown fields and a photo by URL', async () => {
    for (const [file, code] of [
      [await saved({}, 2), 'invalid_request'],
      [await saved({ extra: 1 }), 'invalid_request'],
      [await saved({ detail: 'both' }), 'invalid_option'],
      [await saved({ image: 'https://example.com/a.jpg' }), 'invalid_request'],
    ] as const) {
      const { stderr, ...refused } = await contextdrag('edit', '--from', file)
      expect([refused.code, JSON.parse(stderr).code]).toEqual([2, code])
    }
    const both = await contextdrag('edit', photo, '--from', await saved())
    expect(JSON.parse(both.stderr).code).toBe('invalid_request')
    expect(JSON.parse((await contextdrag('edit')).stderr).code).toBe('image_missing')
  })
})

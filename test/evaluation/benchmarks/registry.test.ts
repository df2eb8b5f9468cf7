import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBenchmark } from '../../../evaluation/benchmarks/registry.ts'
import { type CaseFault, type EvaluationCase, isFault } from '../../../evaluation/case.ts'
import { pickledAnnotation } from '../../fixtures/evaluation/pickled.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'contextdrag-benchmarks-'))
})
afterEach(() => rm(root, { recursive: true }))

const SIZE = { width: 96, height: 64 }

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), bytes)
}

function picture(format: 'png' | 'jpeg' = 'png', size = SIZE): Promise<Buffer> {
  return sharp({ create: { ...size, channels: 3, background: '#468' } })
    [format]()
    .toBuffer()
}

/** White in its left half, of the photo's size. */
async function maskFile(): Promise<Buffer> {
  const { width, height } = SIZE
  const grey = Buffer.from(
    Array.from({ length: width * height }, (_, at) => (at % width < 48 ? 255 : 0)),
  )
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

/** The left half, in 4 by 6 large pixels. */
const mask = (white = 1) => ({
  rows: 4,
  cols: 6,
  values: Array.from({ length: 24 }, (_, at) => (at % 6 < 3 ? white : 0)),
})
const annotation = (points: number[][], white = 1) =>
  pickledAnnotation('a drawing', points, mask(white))

async function read(argument: string): Promise<(EvaluationCase | CaseFault)[]> {
  const all: (EvaluationCase | CaseFault)[] = []
  for await (const one of openBenchmark(argument).read()) all.push(one)
  return all
}

/** The only case of a benchmark. @throws the fault */
async function only(argument: string): Promise<EvaluationCase> {
  const [one, ...others] = await read(argument)
  expect(others).toEqual([])
  if (one === undefined || isFault(one)) throw new Error(one?.fault ?? 'no case')
  return one
}

const isWhite = ({ mask: found }: EvaluationCase, x: number, y: number) =>
  found?.mask.data[y * SIZE.width + x]

describe('DragBench', () => {
  const points = [
    [10, 20],
    [30, 20],
    [5, 6],
    [5, 6],
  ]
  const drags = [
    { handle: { x: 10.5, y: 20.5 }, target: { x: 30.5, y: 20.5 } },
    { handle: { x: 5.5, y: 6.5 }, target: { x: 5.5, y: 6.5 } },
  ]

  test.each([1, 255])(
    'of DragDiffusion, with a mask of 0 and %d that marks what may change',
    async (white) => {
      await put('animals/JH_1/original_image.png', await picture())
      await put('animals/JH_1/meta_data.pkl', annotation(points, white))
      await put('animals/JH_1/user_drag.png', 'not read')
      const one = await only(`dragbench-dr=${root}`)
      expect(one).toMatchObject({ id: 'animals/JH_1', category: 'animals', size: SIZE })
      expect(one).toMatchObject({ drags, scored: drags, prompt: 'a drawing' })
      expect(one.mask?.kind).toBe('editable')
      expect([isWhite(one, 47, 0), isWhite(one, 48, 63)]).toEqual([1, 0])
    },
  )

  test('of SDE-Drag as it is repacked, in the order of its numbers', async () => {
    for (const name of ['art_10', 'art_2']) {
      await put(`${name}/original_image.png`, await picture())
      await put(`${name}/meta_data.pkl`, annotation(points))
    }
    const cases = await read(`dragbench-sr=${root}`)
    expect(cases).toMatchObject([
      { id: 'art_2', category: 'art', drags },
      { id: 'art_10', category: 'art' },
    ])
  })

  test('with the annotation of Inpaint4Drag, which is edited; the original points are scored', async () => {
    await put('art_0/original_image.png', await picture())
    await put('art_0/meta_data.pkl', annotation(points))
    await put(
      'art_0/meta_data_i4p.pkl',
      annotation([
        [40, 41],
        [50, 51],
      ]),
    )
    const one = await only(`dragbench-sr-i4p=${root}`)
    expect(one.drags).toEqual([{ handle: { x: 40.5, y: 41.5 }, target: { x: 50.5, y: 51.5 } }])
    expect(one.scored).toEqual(drags)
    expect(one.mask?.kind).toBe('object')
  })

  test('with the regions of RegionDrag: 64 of their points, evenly chosen', async () => {
    await put('art_0/original_image.png', await picture())
    await put('art_0/meta_data.pkl', annotation(points))
    // 128 pairs: every second one is taken.
    const region = Array.from({ length: 256 }, (_, i) => [Math.floor(i / 4), i % 2])
    await put('art_0/meta_data_region.pkl', annotation(region))
    const one = await only(`dragbench-sr-region=${root}`)
    expect(one.drags.length).toBe(64)
    expect(one.drags.slice(0, 3).map(({ handle }) => handle.x)).toEqual([0.5, 1.5, 2.5])
    expect(one.drags.at(-1)).toEqual({ handle: { x: 63.5, y: 0.5 }, target: { x: 63.5, y: 1.5 } })
    expect(one.scored).toEqual(drags)
    expect(one.mask?.kind).toBe('editable')
  })

  test.each<[string, Record<string, Uint8Array | string>, RegExp]>([
    ['no photo', { 'meta_data.pkl': annotation(points) }, /^original_image.png is missing$/],
    ['no annotation', {}, /^meta_data.pkl is missing$/],
    ['a photo that is none', { 'original_image.png': 'hello' }, /^original_image.png: .*/],
    ['code', { 'meta_data.pkl': "cos\nsystem\n(S'true'\ntR." }, /asks for "os.system"/],
    ['a list', { 'meta_data.pkl': '(l.' }, /holds no dict/],
    ['no points', { 'meta_data.pkl': "(dS'prompt'\nS'x'\ns." }, /has no list of points/],
    ['an odd point', { 'meta_data.pkl': annotation([[1, 2]]) }, /1 points are no pairs/],
    [
      'a point of three',
      {
        'meta_data.pkl': annotation([
          [1, 2, 3],
          [1, 2],
        ]),
      },
      /handle 1 is not a pair/,
    ],
    [
      'a point outside',
      {
        'meta_data.pkl': annotation([
          [1, 2],
          [96, 2],
        ]),
      },
      /target 1 \(96, 2\) is outside the photo of 96x64/,
    ],
    [
      'too many',
      { 'meta_data.pkl': annotation(Array(130).fill([1, 2])) },
      /it has 65 drags; an edit has at most 64/,
    ],
    ['a black mask', { 'meta_data.pkl': annotation(points, 0) }, /mask of meta_data.pkl: no pixel/],
    [
      'a mask of another shape',
      {
        'meta_data.pkl': pickledAnnotation('x', points, {
          rows: 6,
          cols: 4,
          values: Array(24).fill(1),
        }),
      },
      /the mask is 4x6, the image 96x64/,
    ],
  ])('says what is wrong with %s, and goes on', async (why, files, message) => {
    await put('a/1/user_drag.png', '')
    if (why !== 'no photo') await put('a/1/original_image.png', await picture())
    for (const [name, bytes] of Object.entries(files)) await put(`a/1/${name}`, bytes)
    await put('a/2/original_image.png', await picture())
    await put('a/2/meta_data.pkl', annotation(points))
    const [first, second] = await read(`dragbench-dr=${root}`)
    expect(second).toMatchObject({ id: 'a/2', drags })
    expect(first).toEqual({ id: 'a/1', fault: expect.stringMatching(message) })
  })
})

test('DragBench of SDE-Drag as published', async () => {
  await put('3/origin_image.png', await picture())
  await put('3/mask.png', await maskFile())
  await put(
    '3/prompt.json',
    JSON.stringify({ source: [[1, 2]], target: [[3, 4]], prompt: 'a bird' }),
  )
  const one = await only(`sde-drag=${root}`)
  expect(one).toMatchObject({ id: '3', category: null, prompt: 'a bird' })
  expect(one.drags).toEqual([{ handle: { x: 1.5, y: 2.5 }, target: { x: 3.5, y: 4.5 } }])
  expect([one.mask?.kind, isWhite(one, 47, 0), isWhite(one, 48, 0)]).toEqual(['editable', 1, 0])
  await put('3/prompt.json', JSON.stringify({ source: [[1, 2]], target: [] }))
  expect(await read(`sde-drag=${root}`)).toEqual([
    { id: '3', fault: 'it has 1 handles and 0 targets' },
  ])
  await put('3/prompt.json', JSON.stringify({ source: 'left', target: [] }))
  expect(await read(`sde-drag=${root}`)).toMatchObject([
    { fault: expect.stringMatching(/^prompt.json is not as expected at source: /) },
  ])
})

test('Drag100', async () => {
  await put('bird_0/original.jpg', await picture('jpeg'))
  await put('bird_0/mask.png', await maskFile())
  await put('bird_0/points.json', '{"points": [[1, 2], [3, 4]]}')
  const one = await only(`drag100=${root}`)
  expect(one).toMatchObject({
    id: 'bird_0',
    category: 'bird',
    prompt: '',
    mask: { kind: 'editable' },
  })
  expect(one.drags).toEqual([{ handle: { x: 1.5, y: 2.5 }, target: { x: 3.5, y: 4.5 } }])
  await put('bird_0/points.json', '{"points": ')
  expect(await read(`drag100=${root}`)).toMatchObject([
    { fault: expect.stringMatching(/^points.json: /) },
  ])
})

test('ReD Bench, whose mask marks what moves', async () => {
  await put('p1/original_image.png', await picture())
  await put('p1/operation.png', await maskFile())
  const instruction = {
    region_operations: {
      1: { task: 'rotation' },
      2: { task: 'relocation' },
      3: { task: 'rotation' },
    },
    point_operations: { begin_points: [[1, 2]], target_points: [[3, 4]] },
    background_prompt: 'a field',
    editing_prompt: 'turn it',
  }
  await put('p1/instruction.json', JSON.stringify(instruction))
  const one = await only(`red-bench=${root}`)
  expect(one).toMatchObject({ id: 'p1', category: 'relocation and rotation', prompt: 'a field' })
  expect(one.drags).toEqual([{ handle: { x: 1.5, y: 2.5 }, target: { x: 3.5, y: 4.5 } }])
  expect(one.mask?.kind).toBe('object')
})

describe('edit files', () => {
  const url = async (type: string, bytes: Promise<Buffer>) =>
    `data:${type};base64,${(await bytes).toString('base64')}`

  test('with the drags, the mask and the options that were saved', async () => {
    const drags = [{ handle: { x: 1, y: 2 }, target: { x: 3.25, y: 4 } }]
    const create = {
      image: await url('image/png', picture()),
      mask: await url('image/png', maskFile()),
      drags,
      maskKind: 'editable',
      model: 'embedded',
      lambda: 0.3,
      prompt: 'a bird',
    }
    await put('birds/one.json', JSON.stringify({ version: 1, name: 'one', create }))
    const one = await only(root)
    expect(one).toMatchObject({
      id: 'birds/one',
      category: 'birds',
      size: SIZE,
      drags,
      scored: drags,
    })
    expect(one).toMatchObject({ prompt: 'a bird', settings: { model: 'embedded', lambda: 0.3 } })
    expect(one.mask?.kind).toBe('editable')
  })

  test('a file that is none is a fault', async () => {
    await put('a.json', '{"version": 2}')
    expect(await read(root)).toMatchObject([{ id: 'a', fault: expect.any(String) }])
  })

  test('what an evaluation has written among them is none', async () => {
    await put('a.json', '{"version": 2}')
    await put('report/run.json', '{}')
    await put('report/cases/edits/a.json', '{}')
    await put('report/report.json', '{}')
    expect((await read(root)).map(({ id }) => id)).toEqual(['a'])
  })

  test('a folder without any is an error', async () => {
    await expect(read(root)).rejects.toThrow(/has no edit file/)
    await expect(read(join(root, 'missing'))).rejects.toThrow(/cannot be read \(ENOENT\)/)
  })
})

test('links to folders are followed, but not in circles, and a pipe is no photo', async () => {
  await put('elsewhere/bird_0/original.jpg', await picture('jpeg'))
  await mkdir(join(root, 'set/fish_0'), { recursive: true })
  await symlink(join(root, 'elsewhere/bird_0'), join(root, 'set/bird_0'))
  await symlink(join(root, 'set'), join(root, 'set/again'))
  await symlink(join(root, 'nowhere'), join(root, 'set/lost'))
  execFileSync('mkfifo', [join(root, 'set/fish_0/original.jpg')])
  expect(await read(`drag100=${join(root, 'set')}`)).toEqual([
    { id: 'bird_0', fault: 'points.json is missing' },
    { id: 'fish_0', fault: 'original.jpg is not a file' },
  ])
})

test('unknown names, and folders too few, are rejected', () => {
  expect(() => openBenchmark('dragbench-xx=here')).toThrow(/is no benchmark; known: dragbench-dr/)
  expect(() => openBenchmark('drag100')).toThrow('drag100 needs its folder: --bench drag100=FOLDER')
  expect(() => openBenchmark('drag100=')).toThrow('drag100 needs its folder')
})

const real = process.env.CONTEXTDRAG_BENCHMARKS ?? ''
test.runIf(existsSync(join(real, 'dragbench-dr')))(
  'all of DragBench-DR that is here can be read',
  async () => {
    const cases = await read(`dragbench-dr=${join(real, 'dragbench-dr')}`)
    expect(cases.length).toBeGreaterThan(100)
    expect(cases.filter(isFault)).toEqual([])
  },
)

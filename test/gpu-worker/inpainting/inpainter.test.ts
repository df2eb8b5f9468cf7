import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holeIn } from '../../../evaluation/truth/holes.ts'
import { ownPhotographs, readPhotograph } from '../../../evaluation/truth/photographs.ts'
import type { Holed } from '../../../gpu-worker/inpainting/forms.ts'
import {
  type HoleFiller,
  Inpainter,
  LazyInpainter,
} from '../../../gpu-worker/inpainting/inpainter.ts'
import {
  type InpainterLocation,
  locateInpainter,
  MIGAN,
  migan,
  miganFile,
} from '../../../gpu-worker/inpainting/weights.ts'
import { instantEngine } from '../../../gpu-worker/instant/engine.ts'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../../shared/edit/settings.ts'
import { workOf } from '../../../shared/edit/work.ts'
import { rectangleMask } from '../../fixtures/png.ts'
import { lamaStandIn, miganStandIn } from './stand-ins.ts'

const [WIDTH, HEIGHT] = [600, 90]
/** The hole is 20 x 30 pixels: the network sees 128 more on each side, as far as the photo goes. */
const inHole = (x: number, y: number) => x >= 300 && x < 320 && y >= 40 && y < 70

let folder: string
const opened: Inpainter[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-inpainting-'))
})
afterAll(() => Promise.all(opened.map((inpainter) => inpainter.close())))

async function open(name: string, graph: Uint8Array): Promise<Inpainter> {
  const file = join(folder, name)
  await writeFile(file, graph)
  const inpainter = await Inpainter.open({ file, sha256: null }, { provider: 'cpu', threads: 1 })
  opened.push(inpainter)
  return inpainter
}

const square = () =>
  sharp({ create: { width: 30, height: 30, channels: 3, background: 'white' } })
    .png()
    .toBuffer()

function picture(): Holed {
  const rgb = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, at) => (at * 31) % 256)
  const hole = new Uint8Array(WIDTH * HEIGHT)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) if (inHole(x, y)) hole[y * WIDTH + x] = 1
  return { width: WIDTH, height: HEIGHT, rgb, hole }
}

describe('the hole is filled by the network, and nothing else changes', () => {
  // LaMa's picture is enlarged again, so that the hole's rim mixes with its surroundings.
  test.each<[string, number, () => Uint8Array]>([
    ["MI-GAN's pipeline", 0, () => miganStandIn(90)],
    ['LaMa, from 0 to 255', 9, () => lamaStandIn(64, 90, 255)],
    ['LaMa, from 0 to 1', 9, () => lamaStandIn(64, 90, 1)],
  ])('%s', async (name, rim, graph) => {
    const inpainter = await open(`${name}.onnx`, graph())
    const before = picture()
    const after = picture()
    await inpainter.fill(after)
    const wrong = []
    for (let y = 0, at = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++)
        for (let i = 0; i < 3; i++, at++) {
          if (!inHole(x, y)) wrong.push(after.rgb[at] !== before.rgb[at])
          else if (inHole(x - rim, y - rim) && inHole(x + rim, y + rim))
            wrong.push(after.rgb[at] !== 90)
        }
    expect(wrong.length).toBeGreaterThan(3 * (WIDTH * HEIGHT - 20 * 30))
    expect(wrong.filter(Boolean)).toEqual([])
  })
})

describe('instant', () => {
  const size = { width: 240, height: 160 }
  const drags = [{ handle: { x: 120, y: 75 }, target: { x: 120, y: 135 } }]

  /** Blue at the left, grey at the right, and a white square on the border between them. */
  async function edit(
    network: HoleFiller | null,
    filling?: 'auto' | 'patches' | 'network',
    alpha = 255,
  ) {
    const grey = {
      create: { width: 120, height: 160, channels: 4, background: '#5a5a5a' },
    } as const
    const drawn = await sharp({ create: { ...size, channels: 4, background: '#6495ed' } })
      .composite([
        { input: await sharp(grey).png().toBuffer(), left: 120, top: 0 },
        { input: await square(), left: 105, top: 60 },
      ])
      .removeAlpha()
      .png()
      .toBuffer()
    const transparent = Buffer.alloc(size.width * size.height, alpha)
    const photo = await sharp(drawn)
      .joinChannel(transparent, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer()
    const mask = await rectangleMask(size.width, size.height, 105, 60, 135, 90)
    const settings = withModel(EditSettings.parse({ drags, seed: 1, filling }), 'instant')
    const { workingSize, grid, work } = await workOf(size, settings, mask)
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: size, workingSize, grid, work, sampler }
    const engine = instantEngine(null, network, { version: '1' })
    const { bytes, source, record } = await engine(job, () => {}, new AbortController().signal)
    const pixels = await sharp(bytes).raw().toBuffer()
    const at = (x: number) => pixels[4 * (75 * size.width + x) + 2]
    const alphas = new Set(pixels.filter((_, i) => i % 4 === 3))
    expect([...alphas]).toEqual([alpha])
    return { left: at(112), right: at(128), source, inpainter: record.engine?.inpainter }
  }

  /** How blue they are. */
  const [blue, grey] = [0xed, 0x5a]

  test.each([undefined, 'auto', 'network'] as const)(
    'follows the network if there is one (%s), and the record says so',
    async (filling) => {
      const inpainter = await open('engine.onnx', miganStandIn(90))
      const edited = await edit(inpainter, filling)
      // The network says that all of the hole is grey.
      expect(edited.left).toBeLessThan(grey + 10)
      expect(edited.right).toBeLessThan(grey + 10)
      expect(edited.source).toBe('compositeWithTrainedAlgorithmicMedia')
      const digest = createHash('sha256').update(miganStandIn(90)).digest('hex')
      expect(edited.inpainter).toBe(digest.slice(0, 16))
    },
  )

  test('without one, or on request, the lines around the hole go on, and no network is named', async () => {
    const inpainter = await open('unused.onnx', miganStandIn(90))
    for (const edited of [await edit(null), await edit(inpainter, 'patches')])
      expect(edited).toEqual({
        left: blue,
        right: grey,
        source: 'humanEdits',
        inpainter: undefined,
      })
  })

  test('half transparent photos stay as transparent', async () => {
    const inpainter = await open('transparent.onnx', miganStandIn(90))
    expect((await edit(inpainter, 'auto', 128)).left).toBeLessThan(grey + 10)
  })

  test('a network is refused where there is none', async () => {
    await expect(edit(null, 'network')).rejects.toMatchObject({ code: 'invalid_option' })
  })

  test('one that is loaded on demand is loaded once, and again after it failed', async () => {
    const loaded = await open('lazy.onnx', miganStandIn(90))
    const loads: (() => Promise<Inpainter>)[] = [
      () => Promise.reject(new Error('the disk is away')),
      () => Promise.resolve(loaded),
    ]
    const lazy = new LazyInpainter(() => {
      const load = loads.shift()
      if (load === undefined) throw new Error('loaded too often')
      return load()
    })
    await expect(edit(lazy)).rejects.toThrow('the disk is away')
    for (let i = 0; i < 2; i++) expect((await edit(lazy)).left).toBeLessThan(grey + 10)
  })
})

describe('settings', () => {
  test('none, a file, and MI-GAN, by default where it is installed', () => {
    expect(locateInpainter('none')).toBeNull()
    expect(locateInpainter('/a/network.onnx')).toEqual({ file: '/a/network.onnx', sha256: null })
    const file = miganFile()
    const located = file && { file, sha256: migan.sha256 }
    expect(locateInpainter(undefined)).toEqual(located)
    if (file === null) expect(() => locateInpainter(MIGAN)).toThrow(/not installed/)
    else expect(locateInpainter(MIGAN)).toEqual(located)
  })

  test('a file that has another digest than it has to have is rejected', async () => {
    const file = join(folder, 'changed.onnx')
    await writeFile(file, miganStandIn(90))
    await expect(
      Inpainter.open({ file, sha256: migan.sha256 }, { provider: 'cpu' }),
    ).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining(`not ${migan.sha256}`),
    })
  })
})

describe.skipIf(miganFile() === null)('MI-GAN', () => {
  test('puts back most of what was there in our own photographs', async () => {
    const location = locateInpainter(MIGAN) as InpainterLocation
    const inpainter = await Inpainter.open(location, { provider: 'cpu' })
    opened.push(inpainter)
    const errors: number[] = []
    for (const file of ownPhotographs()) {
      const { picture } = await readPhotograph(file, 512, false)
      const { width, height, data } = picture
      const hole = holeIn(picture, 0.03, 1)
      const known = (at: number) => [...data.subarray(4 * at, 4 * at + 3)]
      const rgb = Uint8Array.from(
        [...hole].flatMap((flag, at) => (flag ? [255, 0, 255] : known(at))),
      )
      await inpainter.fill({ width, height, rgb, hole })
      const at = [...hole.keys()].filter((index) => hole[index] === 1)
      const off = at.flatMap((index) =>
        known(index).map((v, i) => Math.abs(v - (rgb[3 * index + i] ?? 0))),
      )
      errors.push(off.reduce((sum, one) => sum + one, 0) / off.length)
    }
    const median = errors.sort((one, other) => one - other)[Math.floor(errors.length / 2)]
    expect(median).toBeLessThan(20)
  })
})

test('models that fill nothing reject the option', () => {
  const settings = EditSettings.parse({
    drags: [{ handle: { x: 1, y: 1 }, target: { x: 9, y: 9 } }],
    filling: 'network',
  })
  expect(() => withModel(settings, 'embedded')).toThrow(/leave filling out/)
})

test('a large picture is looked at in 1024 pixels; of it, too, only the hole changes', async () => {
  const inpainter = await open('large.onnx', miganStandIn('width'))
  const [width, height] = [2000, 900]
  const inside = (x: number, y: number, rim: number) =>
    x >= 600 + rim && x < 1300 - rim && y >= 300 + rim && y < 600 - rim
  const hole = Uint8Array.from({ length: width * height }, (_, at) =>
    inside(at % width, Math.floor(at / width), 0) ? 1 : 0,
  )
  const before = Uint8Array.from({ length: 3 * width * height }, (_, i) => i % 251)
  const rgb = before.slice()
  await inpainter.fill({ width, height, rgb, hole })
  let [changed, other] = [0, 0]
  for (let at = 0; at < hole.length; at++)
    for (let i = 3 * at; i < 3 * at + 3; i++) {
      if (hole[at] === 0) changed += Number(rgb[i] !== before[i])
      else if (inside(at % width, Math.floor(at / width), 9)) other += Number(rgb[i] !== 1024 / 16)
    }
  expect([changed, other]).toEqual([0, 0])
})

test('without a hole the network is not asked', async () => {
  const inpainter = await open('unasked.onnx', miganStandIn(1))
  const after = { ...picture(), hole: new Uint8Array(WIDTH * HEIGHT) }
  await inpainter.fill(after)
  expect(after.rgb).toEqual(picture().rgb)
})

describe('a file is rejected by name', () => {
  const other = () => {
    const g = new Graph()
    const x = g.input('pixels', 'F32', [1, 3, 4, 4])
    g.output('y', g.node('Abs', [x]), 'F32', [1, 3, 4, 4])
    return g.finish()
  }
  test.each<[string, Uint8Array | null, RegExp]>([
    ['missing.onnx', null, /missing\.onnx: is missing/],
    ['damaged.onnx', Uint8Array.of(1, 2, 3), /damaged\.onnx: the graph cannot be loaded/],
    ['other.onnx', other(), /other\.onnx: .*known form; it takes pixels float32 \[1,3,4,4\]/],
  ])('%s', async (name, bytes, message) => {
    const file = join(folder, name)
    if (bytes !== null) await writeFile(file, bytes)
    const location = { file, sha256: null }
    await expect(Inpainter.open(location, { provider: 'cpu' })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Holed } from '../../../gpu-worker/inpainting/forms.ts'
import { Inpainter } from '../../../gpu-worker/inpainting/inpainter.ts'
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
  const inpainter = await Inpainter.open(file, { provider: 'cpu', threads: 1 })
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

test('instant fills the old place of a thing with it on request, also under transparency', async () => {
  const inpainter = await open('engine.onnx', miganStandIn(90))
  const size = { width: 200, height: 160 }
  const photo = await sharp({ create: { ...size, channels: 4, background: '#6495ed' } })
    .composite([{ input: await square(), left: 40, top: 60 }])
    .png()
    .toBuffer()
  const mask = await rectangleMask(size.width, size.height, 40, 60, 70, 90)
  const edit = async (network: Inpainter | null, filling?: 'network') => {
    const drags = [{ handle: { x: 55, y: 75 }, target: { x: 140, y: 75 } }]
    const settings = withModel(EditSettings.parse({ drags, seed: 1, filling }), 'instant')
    const { workingSize, grid, work } = await workOf(size, settings, mask)
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: size, workingSize, grid, work, sampler }
    const engine = instantEngine(null, network, { version: '1' })
    const { bytes, source } = await engine(job, () => {}, new AbortController().signal)
    // The network is a trained model; patches of the photo are not.
    expect(source).toBe(filling ? 'compositeWithTrainedAlgorithmicMedia' : 'humanEdits')
    const pixels = await sharp(bytes).raw().toBuffer()
    return [...pixels.subarray(4 * (75 * size.width + 55)).subarray(0, 4)]
  }
  expect(await edit(inpainter, 'network')).toEqual([90, 90, 90, 255])
  expect(await edit(inpainter)).toEqual([0x64, 0x95, 0xed, 255])
  await expect(edit(null, 'network')).rejects.toMatchObject({ code: 'invalid_option' })
})

test('models that fill nothing reject the option', () => {
  const settings = EditSettings.parse({
    drags: [{ handle: { x: 1, y: 1 }, target: { x: 9, y: 9 } }],
    filling: 'network',
  })
  expect(() => withModel(settings, 'embedded')).toThrow(/leave filling out/)
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
    await expect(Inpainter.open(file, { provider: 'cpu' })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

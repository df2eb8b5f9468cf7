import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Point } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Hints } from '../../../shared/segmentation/seeds.ts'
import { Segmenter } from '../../../shared/segmentation/segmenter.ts'
import {
  boxAround,
  clicksNear,
  overlap,
  partAt,
  pixelsOf,
  sampleThings,
  strokeOver,
  type Thing,
} from '../../fixtures/things.ts'
import { sized } from '../../size.ts'

const click = (at: Point): Hints => ({ add: [{ points: [at], radius: 1 }], remove: [] })
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

let things: Thing[]
beforeAll(async () => {
  things = await sampleThings()
})

const segmenters = new Map<Thing, Segmenter>()
/** One for each thing: it keeps what it has looked at. */
function segmenterOf(thing: Thing): Segmenter {
  const known = segmenters.get(thing) ?? new Segmenter(thing.pixels)
  segmenters.set(thing, known)
  return known
}

test('a click anywhere on a drawn thing finds it', () => {
  const measured = things.map((thing) => {
    const { name, mask, handle } = thing
    const segmenter = segmenterOf(thing)
    const { width, height } = boxAround(mask)
    // Up to more than half the thing's size to each side, and only on the thing.
    const clicks = clicksNear(mask, handle, Math.max(width, height) / 2, sized(4, 20))
    const found = clicks.map((at) => overlap(segmenter.segment(click(at)).data, mask.data))
    return { name, median: median(found), worst: Math.min(...found) }
  })
  console.log('clicks on the samples:', JSON.stringify(measured))
  expect(measured).toHaveLength(5)
  for (const { name, ...found } of measured) {
    expect(found.median, name).toBeGreaterThanOrEqual(0.9)
    expect(found.worst, name).toBeGreaterThanOrEqual(0.75)
  }
})

test('a box, a stroke and an editable mask find the same thing', () => {
  const { mask, handle } = things[0] as Thing
  const box = boxAround(mask)
  const wide = new Uint8Array(mask.data.length)
  for (let y = box.top - 20; y < box.top + box.height + 20; y++)
    wide.fill(1, y * mask.width + box.left - 20, y * mask.width + box.left + box.width + 20)
  const segmenter = segmenterOf(things[0] as Thing)
  const found = (more: Partial<Hints>) =>
    overlap(segmenter.segment({ ...click(handle), ...more }).data, mask.data)
  expect(found({ box })).toBeGreaterThan(0.85)
  expect(found({ add: [strokeOver(mask, handle)] })).toBeGreaterThan(0.85)
  expect(found({ within: { ...mask, data: wide } })).toBeGreaterThan(0.85)
})

test('the mask excludes removed strokes and everything outside a box or a mask', () => {
  const ladybird = things.find(({ name }) => name === 'ladybird') as Thing
  const head = { x: 238, y: 229 }
  const at = head.y * ladybird.mask.width + head.x
  const corrected = (remove: Hints['remove']) =>
    segmenterOf(ladybird).segment({ ...click(ladybird.handle), remove })
  expect(corrected([]).data[at]).toBe(1)
  expect(corrected([{ points: [head], radius: 6 }]).data[at]).toBe(0)
  const { mask, handle } = things[0] as Thing
  const segmenter = segmenterOf(things[0] as Thing)
  const box = { left: 120, top: 90, width: 180, height: 120 }
  const boxed = segmenter.segment({ ...click(handle), box })
  for (const i of [...boxed.data.keys()].filter((index) => boxed.data[index] === 1)) {
    // At most one superpixel outside the box.
    expect(i % mask.width).toBeGreaterThan(box.left - 12)
    expect(i % mask.width).toBeLessThan(box.left + box.width + 12)
    expect(Math.floor(i / mask.width)).toBeLessThan(box.top + box.height + 12)
  }
})

test('a stroke corrects the mask nearby and keeps the rest', () => {
  const { mask, handle } = things[0] as Thing
  const segmenter = segmenterOf(things[0] as Thing)
  const previous = segmenter.segment(click(handle))
  const basket = { points: [300, 320, 340, 356].map((y) => ({ x: 206, y })), radius: 5 }
  const more = segmenter.segment({ add: [basket], remove: [], previous })
  expect(overlap(more.data, mask.data)).toBeGreaterThan(overlap(previous.data, mask.data))
  expect(overlap(more.data, mask.data)).toBeGreaterThan(0.93)
  const at = 352 * mask.width + 206
  expect([previous.data[at], more.data[at]]).toEqual([0, 1])
  const less = segmenter.segment({ add: [], remove: [basket], previous: more })
  expect(less.data[at]).toBe(0)
  expect(overlap(less.data, previous.data)).toBeGreaterThan(0.9)
})

test('a stroke that adds takes nothing away, and one that removes adds nothing', () => {
  const thing = things[0] as Thing
  const { pixels, mask } = thing
  const { left, top, width, height } = boxAround(mask)
  // Half a thing and what is beside it: no colours end at its borders.
  const data = mask.data.map((_, at) => {
    const [x, y] = [at % pixels.width, Math.floor(at / pixels.width)]
    const across = x >= left - width / 4 && x < left + width / 2
    return across && y >= top + height / 4 && y < top + height / 2 ? 1 : 0
  })
  const previous: Mask = { ...mask, data }
  const dot = (x: number, y: number) => ({ points: [{ x, y }], radius: 6 })
  const beside = dot(left + 0.6 * width, top + 0.4 * height)
  const more = segmenterOf(thing).segment({ add: [beside], remove: [], previous })
  expect(data.some((value, at) => value > (more.data[at] as number))).toBe(false)
  expect(more.data.some((value, at) => value > (data[at] as number))).toBe(true)
  const corner = dot(left + 0.4 * width, top + 0.3 * height)
  const less = segmenterOf(thing).segment({ add: [], remove: [corner], previous })
  expect(less.data.some((value, at) => value > (data[at] as number))).toBe(false)
  expect(data.some((value, at) => value > (less.data[at] as number))).toBe(true)
})

test('a stroke adds a part as thin as itself, and nothing that is far from it', () => {
  // A head with a feather of three pixels, on ground that has a darker patch beside it.
  const [width, height] = [600, 400]
  const onHead = (x: number, y: number) => Math.hypot(x - 200, y - 240) < 70
  const onFeather = (x: number, y: number) => x >= 230 && x < 233 && y >= 130 && y < 185
  const onPatch = (x: number, y: number) => x >= 240 && x < 420 && y >= 90 && y < 160
  const data = new Uint8ClampedArray(4 * width * height)
  const flags = new Uint8Array(width * height)
  for (let at = 0; at < flags.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const dark = onHead(x, y) || onFeather(x, y)
    data.set(
      dark ? [30, 40, 90, 255] : onPatch(x, y) ? [70, 130, 60, 255] : [90, 150, 80, 255],
      4 * at,
    )
    flags[at] = onHead(x, y) ? 1 : 0
  }
  const previous: Mask = { width, height, data: flags }
  const feather = { points: [132, 150, 165, 180].map((y) => ({ x: 231.5, y })), radius: 3 }
  const more = new Segmenter({ width, height, data }).segment({
    add: [feather],
    remove: [],
    previous,
  })
  const added = [...more.data.keys()].filter((at) => more.data[at] === 1 && flags[at] === 0)
  const isFeather = (at: number) => onFeather(at % width, Math.floor(at / width))
  expect(added.filter(isFeather).length).toBeGreaterThan(0.8 * 3 * 55)
  // Its rim, at most.
  expect(added.filter((at) => !isFeather(at)).length).toBeLessThan(3 * 55)
})

const data = process.env.CONTEXTDRAG_DATA ?? ''
const present = data !== '' && existsSync(join(data, 'manifest.json'))
type Case = {
  id: string
  image: string
  mask: string
  objectMask?: string
  drags: { handle: [number, number] }[]
}

describe.skipIf(!present)('things in photos, drawn by hand', () => {
  async function read(file: string): Promise<Mask> {
    const { data: grey, info } = await sharp(join(data, file))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return {
      width: info.width,
      height: info.height,
      data: Uint8Array.from(grey, (v) => +(v > 127)),
    }
  }

  test('a click and one correction find at least 12 of 15', async () => {
    const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8'))
    const cases = (manifest.cases as Case[]).filter(({ objectMask }) => objectMask !== undefined)
    expect(cases).toHaveLength(15)
    const found: Record<'click' | 'box' | 'stroke' | 'editable', number[]> = {
      click: [],
      box: [],
      stroke: [],
      editable: [],
    }
    const milliseconds: number[] = []
    for (const { image, mask, objectMask, drags } of cases) {
      const pixels = await pixelsOf(join(data, image))
      const wanted = await read(objectMask as string)
      const within = await read(mask)
      // In cases with several things, each is clicked and corrected on its own.
      const parts = new Map<string, { readonly part: Mask; readonly at: Point }>()
      for (const { handle } of drags) {
        const at = { x: handle[0] + 0.5, y: handle[1] + 0.5 }
        const part = partAt(wanted, at)
        const first = part.data.indexOf(1)
        if (first >= 0 && !parts.has(String(first))) parts.set(String(first), { part, at })
      }
      for (const kind of ['click', 'box', 'stroke', 'editable'] as const) {
        const union = new Uint8Array(wanted.data.length)
        for (const { part, at } of parts.values()) {
          const hints: Hints = {
            ...click(at),
            ...(kind === 'box' && { box: boxAround(part) }),
            ...(kind === 'stroke' && { add: [...click(at).add, strokeOver(part, at)] }),
            ...(kind === 'editable' && { within }),
          }
          const start = performance.now()
          const { data: side } = new Segmenter(pixels).segment(hints)
          milliseconds.push(performance.now() - start)
          for (let i = 0; i < side.length; i++) if (side[i] === 1) union[i] = 1
        }
        found[kind].push(overlap(union, wanted.data))
      }
    }
    const enough = (values: readonly number[]) => values.filter((value) => value >= 0.75).length
    const either = found.box.map((value, i) => Math.max(value, found.stroke[i] as number))
    milliseconds.sort((a, b) => a - b)
    console.log(
      `things in photos, IoU >= 0.75 of 15: click ${enough(found.click)}, editable mask ${enough(found.editable)}, click and box ${enough(found.box)}, click and stroke ${enough(found.stroke)}, the better of both ${enough(either)}; p95 ${Math.round(milliseconds[Math.floor(milliseconds.length * 0.95)] as number)} ms`,
    )
    expect(enough(found.box)).toBeGreaterThanOrEqual(12)
    expect(enough(either)).toBeGreaterThanOrEqual(12)
  })
})

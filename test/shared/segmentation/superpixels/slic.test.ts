import { expect, test } from 'vitest'
import { labImage, type Pixels } from '../../../../shared/segmentation/lab.ts'
import { superpixelGraph } from '../../../../shared/segmentation/superpixels/graph.ts'
import { superpixels } from '../../../../shared/segmentation/superpixels/slic.ts'

function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => number[],
): Pixels {
  const data = new Uint8Array(4 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([...colour(x, y), 255], 4 * (y * width + x))
  return { width, height, data }
}

const whole = ({ width, height }: Pixels) => ({ left: 0, top: 0, width, height })

test('Lab colours match published values', () => {
  // CIE Lab of the corners of sRGB under D65, from Lindbloom's calculator.
  for (const [rgb, lab] of [
    [
      [255, 255, 255],
      [100, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [255, 0, 0],
      [53.24, 80.09, 67.2],
    ],
    [
      [0, 255, 0],
      [87.73, -86.18, 83.18],
    ],
    [
      [0, 0, 255],
      [32.3, 79.19, -107.86],
    ],
    [
      [128, 128, 128],
      [53.59, 0, 0],
    ],
  ] as const) {
    const pixels = picture(2, 2, () => [...rgb])
    const { l, a, b } = labImage(pixels, whole(pixels), 2)
    expect(Math.abs((l[0] as number) - lab[0])).toBeLessThan(0.1)
    expect(Math.abs((a[0] as number) - lab[1])).toBeLessThan(0.3)
    expect(Math.abs((b[0] as number) - lab[2])).toBeLessThan(0.3)
  }
})

test('the pixels of a smaller picture are the means of those they cover', () => {
  const pixels = picture(8, 4, (x) => (x < 4 ? [200, 200, 200] : [100, 100, 100]))
  const { width, height, l } = labImage(pixels, whole(pixels), 2)
  expect([width, height]).toEqual([2, 1])
  const grey = (value: number) =>
    labImage(
      picture(1, 1, () => [value, value, value]),
      { left: 0, top: 0, width: 1, height: 1 },
      1,
    ).l[0]
  expect([...l]).toEqual([grey(200), grey(100)])
  const right = labImage(pixels, { left: 4, top: 0, width: 4, height: 4 }, 4)
  expect(new Set(right.l)).toEqual(new Set([grey(100)]))
})

test('superpixels are connected, cover the picture, and do not cross a sharp edge', () => {
  const pixels = picture(60, 40, (x, y) => (x + y < 50 ? [30, 30, 200] : [220, 200, 40]))
  const image = labImage(pixels, whole(pixels), 60)
  const { labels, count } = superpixels(image, 60)
  expect(count).toBeGreaterThan(40)
  expect(count).toBeLessThan(90)
  expect(new Set(labels).size).toBe(count)
  for (let label = 0; label < count; label++) {
    const own = [...labels.keys()].filter((at) => labels[at] === label)
    const reached = new Set([own[0] as number])
    for (const at of reached)
      for (const to of [at - 1, at + 1, at - 60, at + 60])
        if (labels[to] === label && Math.abs((to % 60) - (at % 60)) <= 1) reached.add(to)
    expect(reached.size).toBe(own.length)
    const sides = new Set(own.map((at) => (at % 60) + Math.floor(at / 60) < 50))
    expect(sides.size).toBe(1)
  }
})

test('a graph of two colours has the right areas, border and contrast', () => {
  const pixels = picture(40, 20, (x) => (x < 20 ? [255, 255, 255] : [0, 0, 0]))
  const graph = superpixelGraph(labImage(pixels, whole(pixels), 40), 32)
  expect(graph.area.reduce((sum, area) => sum + area, 0)).toBe(800)
  const strong = [...graph.contrast.keys()].filter((edge) => (graph.contrast[edge] as number) > 50)
  const border = strong.reduce((sum, edge) => sum + (graph.border[edge] as number), 0)
  expect(border).toBe(20)
  for (const edge of strong) expect(graph.contrast[edge]).toBeCloseTo(100, 1)
  for (let superpixel = 0; superpixel < graph.count; superpixel++) {
    const shares = graph.histogram.subarray(32 * superpixel, 32 * superpixel + 32)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
  }
})

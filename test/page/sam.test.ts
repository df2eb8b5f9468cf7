/** What the playground makes of SAM's answers, which a test gives instead of a worker. */

import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onScreen } from '../fixtures/page/browser.ts'
import { drag, open, pick, runButton, tool } from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'

const site = openSite()

const SIZE = { width: 480, height: 320 }
/** A red square on grey. */
const photo = { file: join(tmpdir(), `sam-${process.pid}.png`), width: SIZE.width }
const RED = { x: 200, y: 160 }
type Rectangle = readonly [left: number, top: number, width: number, height: number]
const SQUARE: Rectangle = [160, 120, 80, 80]
/** Twice as wide. */
const WIDE: Rectangle = [160, 120, 160, 80]
/** The lower two thirds. */
const FLOOR: Rectangle = [0, 100, 480, 220]

const drawn = (rectangles: readonly (readonly [Rectangle, string])[], ground: string) => {
  const rects = rectangles.map(
    ([[x, y, width, height], colour]) =>
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}"/>`,
  )
  const { width, height } = SIZE
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>${rects.join('')}</svg>`
  return sharp(Buffer.from(svg)).png()
}

beforeAll(async () => {
  await drawn([[SQUARE, '#c82828']], '#bec3be').toFile(photo.file)
})
afterAll(() => rm(photo.file, { force: true }))

type Candidate = readonly [mask: Rectangle, score: number]

/** Answers questions for masks, smallest candidate first; null is no free worker. */
async function answer(
  page: Page,
  next: (points: unknown) => Promise<readonly Candidate[] | null>,
): Promise<void> {
  const urlOf = async (mask: Rectangle) => {
    const png = await drawn([[mask, '#fff']], '#000')
      .toColourspace('b-w')
      .toBuffer()
    return `data:image/png;base64,${png.toString('base64')}`
  }
  await page.route('**/v1/masks', async (route) => {
    const candidates = await next(route.request().postDataJSON().points)
    if (candidates === null) {
      const [code, title] = ['model_unavailable', 'The model is not available']
      const json = { type: `urn:contextdrag:problem:${code}`, title, status: 503, code, detail: '' }
      const headers = { 'content-type': 'application/problem+json', 'retry-after': '1' }
      return route.fulfill({ status: 503, headers, body: JSON.stringify(json) })
    }
    const found = await Promise.all(
      candidates.map(async ([mask, score]) => ({ mask: await urlOf(mask), score })),
    )
    const [best] = found.toSorted((one, other) => other.score - one.score)
    await route.fulfill({ json: { ...SIZE, ...best, rle: [], candidates: found } })
  })
}

/** Width of the outline by its height. */
async function shape(page: Page): Promise<number> {
  const box = await page.locator('.outlines .active .outline').boundingBox()
  return box === null ? 0 : box.width / box.height
}

test('an edit waits for the outline of SAM, which replaces the first one', async () => {
  const page = await site.page()
  const answered = Promise.withResolvers<void>()
  await answer(page, async () => {
    await answered.promise
    return [
      [SQUARE, 0.9],
      [WIDE, 0.98],
    ]
  })
  await open(page, photo)
  await pick(page, RED, photo)
  await drag(page, RED, { x: RED.x, y: RED.y + 60 }, photo)
  expect(await shape(page)).toBeLessThan(1.2)
  expect(await runButton(page).isEnabled()).toBe(false)
  answered.resolve()
  await expect.poll(() => shape(page)).toBeGreaterThan(1.8)
  await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  // The smaller one is a key away.
  await page.keyboard.press('[')
  await expect.poll(() => shape(page)).toBeLessThan(1.2)
})

test('where no worker is free, SAM is asked again', async () => {
  const page = await site.page()
  let asked = 0
  await answer(page, async () => (++asked === 1 ? null : [[WIDE, 0.98]]))
  await open(page, photo)
  await pick(page, RED, photo)
  await expect.poll(() => shape(page)).toBeGreaterThan(1.8)
  expect(asked).toBe(2)
})

test('the ground behind a thing is not taken for it', async () => {
  const page = await site.page()
  let asked = 0
  await answer(page, async () => {
    asked++
    return [[FLOOR, 0.99]]
  })
  await open(page, photo)
  await pick(page, RED, photo)
  await expect.poll(() => asked).toBe(1)
  await drag(page, RED, { x: RED.x, y: RED.y + 60 }, photo)
  await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  expect(await shape(page)).toBeLessThan(1.2)
})

test('clicks with Add and Remove ask SAM again with all clicks; what has lost one is no answer, and Add takes nothing away', async () => {
  const page = await site.page()
  const asked: unknown[] = []
  const answers: Candidate[] = [
    [SQUARE, 0.9],
    [[240, 120, 80, 80], 0.99],
    // Without the left part of what it was asked to add to.
    [[180, 120, 140, 80], 0.9],
    [[160, 120, 144, 80], 0.9],
  ]
  await answer(page, async (points) => {
    asked.push(points)
    return answers.slice(asked.length - 1, asked.length)
  })
  const click = async (at: { x: number; y: number }, count: number) => {
    const { x, y } = await onScreen(page, at, photo)
    await page.mouse.click(x, y)
    await expect.poll(() => asked.length).toBe(count)
    // The edit waits for the answer.
    await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  }
  await open(page, photo)
  await pick(page, RED, photo)
  await drag(page, RED, { x: RED.x, y: RED.y + 60 }, photo)
  await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  await tool(page, 'Add')
  const [one, other] = [
    { x: RED.x + 84, y: RED.y },
    { x: RED.x + 100, y: RED.y },
  ]
  await click(one, 2)
  expect(await shape(page)).toBeLessThan(1.8)
  await click(other, 3)
  await expect.poll(() => shape(page)).toBeGreaterThan(1.8)
  await tool(page, 'Remove')
  const wide = await shape(page)
  await click({ x: RED.x + 116, y: RED.y }, 4)
  await expect.poll(() => shape(page)).toBeCloseTo((wide * 144) / 160, 1)
  expect(asked[3]).toMatchObject([{ on: true }, { on: true }, { on: true }, { on: false }])
})

/** Several things in the playground, and pins, in a real browser with a real edge and worker. */

import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { onScreen } from '../fixtures/page/browser.ts'
import {
  colourAt,
  drag,
  far,
  open,
  pick,
  resultOf,
  runButton,
  tool,
} from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'

const site = openSite()

const RED = { r: 200, g: 40, b: 40 }
const BLUE = { r: 30, g: 60, b: 190 }
const GREY = { r: 190, g: 195, b: 190 }
const [SIDE, LEFT, TOP] = [80, 160, 120]
/** Two squares that touch. */
const pair = { file: join(tmpdir(), `pair-${process.pid}.png`), width: 480 }

beforeAll(async () => {
  const square = (background: typeof RED, left: number) => ({
    input: { create: { width: SIDE, height: SIDE, channels: 3, background } } as const,
    left,
    top: TOP,
  })
  await sharp({ create: { width: pair.width, height: 320, channels: 3, background: GREY } })
    .composite([square(RED, LEFT), square(BLUE, LEFT + SIDE)])
    .png()
    .toFile(pair.file)
})
afterAll(() => rm(pair.file, { force: true }))

const outline = async (page: Page) => {
  const box = await page.locator('.outlines .active .outline').boundingBox()
  if (box === null) throw new Error('nothing is selected')
  return [box.width, box.height] as const
}
const things = (page: Page) =>
  page.getByRole('list', { name: 'Things that move' }).getByRole('listitem').count()

test('things that touch are dragged apart, and stay two in the result and in a saved edit', async () => {
  const page = await site.page()
  await open(page, pair)
  const [left, right] = [
    { x: 200, y: 160 },
    { x: 280, y: 160 },
  ]
  await tool(page, 'Box')
  for (const start of [LEFT, LEFT + SIDE])
    await drag(page, { x: start, y: TOP }, { x: start + SIDE, y: TOP + SIDE }, pair)
  await expect.poll(() => things(page)).toBe(2)
  await tool(page, 'Select')
  await drag(page, left, { x: 110, y: 160 }, pair)
  await drag(page, right, { x: 370, y: 160 }, pair)
  await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  await runButton(page).click()
  const result = await resultOf(page)
  const colour = async (x: number) => {
    const pixel = sharp(result).extract({ left: x, top: 160, width: 1, height: 1 })
    return [...(await pixel.removeAlpha().raw().toBuffer())]
  }
  // One region would be stretched from the one target to the other.
  for (const [x, { r, g, b }] of [
    [80, RED],
    [140, RED],
    [200, GREY],
    [280, GREY],
    [340, BLUE],
    [400, BLUE],
  ] as const)
    expect([x, far(await colour(x), [r, g, b]) < 25]).toEqual([x, true])

  await page.getByRole('button', { name: 'Back to the edit' }).click()
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save this edit' }).click(),
  ])
  const file = await saved.path()
  expect(JSON.parse(await readFile(file, 'utf8')).create.scope).toBe('thing')
  const again = await site.page()
  await again.getByLabel('Open a photo or a saved edit').setInputFiles({
    name: 'pair-edit.json',
    mimeType: 'application/json',
    buffer: await readFile(file),
  })
  await expect.poll(() => things(again)).toBe(2)
})

test('things that are dragged before their outlines are found are no others', async () => {
  const page = await site.page()
  // A slow machine's segmenter, which answers once it is allowed to.
  await page.addInitScript(`
    const post = Worker.prototype.postMessage
    const waiting = []
    globalThis.allow = () => { for (const send of waiting) send() }
    Worker.prototype.postMessage = function (...args) {
      const send = () => post.apply(this, args)
      if (args[0].type === 'segment') waiting.push(send)
      else send()
    }`)
  await page.reload()
  await open(page, pair)
  await tool(page, 'Box')
  for (const start of [LEFT, LEFT + SIDE])
    await drag(page, { x: start, y: TOP }, { x: start + SIDE, y: TOP + SIDE }, pair)
  await tool(page, 'Select')
  await drag(page, { x: 200, y: 160 }, { x: 110, y: 160 }, pair)
  await tool(page, 'Drag')
  await drag(page, { x: 280, y: 160 }, { x: 370, y: 160 }, pair)
  expect(await runButton(page).isEnabled()).toBe(false)
  await page.evaluate('allow()')
  await expect.poll(() => runButton(page).isEnabled()).toBe(true)
  expect(await things(page)).toBe(2)
  const at = async (x: number) => colourAt(page, { x, y: 160 }, pair)
  await expect.poll(async () => far(await at(90), [RED.r, RED.g, RED.b]) < 25).toBe(true)
  await expect.poll(async () => far(await at(390), [BLUE.r, BLUE.g, BLUE.b]) < 25).toBe(true)
})

test('a knob that the outline of a thing has left moves with the thing', async () => {
  const [red, pale, green] = ['rgb(200,50,40)', 'rgb(150,200,120)', 'rgb(90,150,90)']
  const knobbed = { file: join(tmpdir(), `knobbed-${process.pid}.png`), width: 480 }
  // The segmenter takes the knob for ground, but the disc has a spot of its colour.
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320">
    <rect width="480" height="320" fill="${green}"/><rect x="200" y="156" width="82" height="8" fill="${pale}"/>
    <circle cx="200" cy="160" r="60" fill="${red}"/><circle cx="225" cy="160" r="30" fill="${pale}"/></svg>`
  await sharp(Buffer.from(drawn)).png().toFile(knobbed.file)
  onTestFinished(() => rm(knobbed.file, { force: true }))
  const page = await site.page()
  await open(page, knobbed)
  await pick(page, { x: 165, y: 160 }, knobbed)
  await drag(page, { x: 165, y: 160 }, { x: 285, y: 160 }, knobbed)
  const seen = async (x: number) =>
    far(await colourAt(page, { x, y: 160 }, knobbed), [150, 200, 120])
  await expect.poll(() => seen(390)).toBeLessThan(25)
  await expect.poll(() => seen(270)).toBeGreaterThan(40)
})

test('a point beside a thing brings the part that it lies on into the thing; one next to it is on it', async () => {
  const page = await site.page()
  await open(page, pair)
  await pick(page, { x: 200, y: 160 }, pair)
  await tool(page, 'Drag')
  // Two pixels over its edge.
  await drag(page, { x: 200, y: TOP - 2 }, { x: 200, y: TOP - 30 }, pair)
  expect(await things(page)).toBe(1)
  await drag(page, { x: 280, y: 160 }, { x: 290, y: 170 }, pair)
  await expect.poll(() => things(page)).toBe(1)
  // Both squares, as one.
  const [width, height] = await outline(page)
  expect(width / height).toBeGreaterThan(1.4)
})

test('what is pinned after a point was dragged stays where the photo has it', async () => {
  const page = await site.page()
  await open(page, pair)
  await pick(page, { x: 200, y: 160 }, pair)
  await tool(page, 'Drag')
  await drag(page, { x: 200, y: 130 }, { x: 200, y: 100 }, pair)
  // Alone, the drag moves all of the square, and shows its foot elsewhere.
  await tool(page, 'Pin')
  const foot = await onScreen(page, { x: 200, y: 165 }, pair)
  await page.mouse.click(foot.x, foot.y)
  expect(await page.getByRole('button', { name: /^Pin 2/ }).count()).toBe(1)
})

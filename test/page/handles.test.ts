/** Turning and scaling the selected thing in the playground, in a real browser with a real edge and worker. */

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { touchDrag } from '../fixtures/page/browser.ts'
import {
  balloon,
  ladybird,
  open,
  PHONE,
  pick,
  resultOf,
  runButton,
  seriousFindings,
} from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'

const site = openSite()

describe('the handles of the selected thing', () => {
  const grip = (page: Page, name: string) =>
    page.getByRole('button', { name: `${name} the selected` })
  const dots = (page: Page) => page.locator('[data-drag]').count()
  /** Middle of a handle, and the box of the selected outline, on the screen. */
  async function placeOf(page: Page, name: string) {
    const box = await grip(page, name).locator('.ring').boundingBox()
    if (box === null) throw new Error(`${name} is not shown`)
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }
  const outline = async (page: Page) => {
    const box = await page.locator('.outlines .active .outline').boundingBox()
    if (box === null) throw new Error('nothing is selected')
    return box
  }

  test('by mouse: turn, scale, undo; the edit is sent as drags like any others', async () => {
    const page = await site.page()
    await open(page, balloon)
    await pick(page, { x: 206, y: 190 }, balloon)
    await expect.poll(() => grip(page, 'Turn').isVisible()).toBe(true)
    const before = await outline(page)
    const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 }
    const start = await placeOf(page, 'Turn')
    await page.mouse.move(start.x, start.y)
    await page.mouse.down()
    // A quarter to the right.
    const radius = middle.y - start.y
    await page.mouse.move(middle.x + radius / 2, middle.y - radius / 2, { steps: 4 })
    await page.mouse.move(middle.x + radius, middle.y, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => dots(page)).toBe(8)
    const turned = await outline(page)
    expect(Math.abs(turned.width - before.height)).toBeLessThan(8)
    expect(Math.abs(turned.height - before.width)).toBeLessThan(8)

    const corner = await placeOf(page, 'Scale')
    const to = { x: (corner.x + middle.x) / 2, y: (corner.y + middle.y) / 2 }
    await page.mouse.move(corner.x, corner.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 4 })
    await page.mouse.up()
    await expect.poll(async () => (await outline(page)).width / turned.width).toBeLessThan(0.55)
    expect(await dots(page)).toBe(8)

    await runButton(page).click()
    expect((await resultOf(page)).equals(await readFile(balloon.file))).toBe(false)
    await page.getByRole('button', { name: 'Back to the edit' }).click()
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await expect.poll(() => dots(page)).toBe(0)
  })

  test('by keyboard: labelled handles take arrow keys', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    const before = await outline(page)
    await grip(page, 'Scale').focus()
    await page.keyboard.press('Shift+ArrowLeft')
    await expect.poll(async () => (await outline(page)).width / before.width).toBeLessThan(0.93)
    await grip(page, 'Turn').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => dots(page)).toBe(8)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('by touch, on a phone: the handles are in reach and large enough', async () => {
    const page = await site.page(PHONE)
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    for (const name of ['Turn', 'Scale']) {
      const box = await grip(page, name).locator('.reach').boundingBox()
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(43)
    }
    const start = await placeOf(page, 'Turn')
    await touchDrag(page, [start], [{ x: start.x + 40, y: start.y + 10 }])
    await expect.poll(() => dots(page)).toBe(8)
  })
})

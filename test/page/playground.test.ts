/**
 * The playground in a real browser with a real edge and worker: by mouse, touch, pen and keyboard.
 * If PICTURES names a folder, the pictures of the README are stored there.
 */

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { onScreen, type Spot, touchDrag } from '../fixtures/page/browser.ts'
import {
  balloon,
  colourAt,
  DESKTOP,
  difference,
  drag,
  far,
  fishes,
  guide,
  ladybird,
  open,
  PHONE,
  pick,
  picture,
  resultOf,
  runButton,
  seriousFindings,
  tool,
  wholeLadybird,
} from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'

const site = openSite()
/** For colours: each look is a screenshot. */
const AT_LEISURE = { timeout: 60_000, interval: 500 }

describe('by mouse', () => {
  test('open, click, correct, drag, preview, run, compare, undo, continue, download', async () => {
    const page = await site.page()
    await open(page, balloon)
    const handle = { x: 206, y: 190 }
    const target = { x: 521, y: 160 }
    const basket = { x: 206, y: 352 }
    const plain = await colourAt(page, { x: 180, y: 190 }, balloon)
    await pick(page, handle, balloon)
    // The outline is tinted.
    await tool(page, 'Select')
    expect(far(await colourAt(page, { x: 180, y: 190 }, balloon), plain)).toBeGreaterThan(15)
    const bare = await colourAt(page, basket, balloon)
    await tool(page, 'Add')
    await drag(page, { x: 206, y: 290 }, { x: 206, y: 356 }, balloon)
    await expect
      .poll(async () => far(await colourAt(page, basket, balloon), bare), AT_LEISURE)
      .toBeGreaterThan(15)
    // A rope, too.
    const rope = { x: 176, y: 302 }
    const bareRope = await colourAt(page, rope, balloon)
    await drag(page, { x: 168, y: 285 }, { x: 184, y: 319 }, balloon)
    await expect
      .poll(async () => far(await colourAt(page, rope, balloon), bareRope), AT_LEISURE)
      .toBeGreaterThan(15)
    await picture(page, 'playground-outline')

    await tool(page, 'Drag')
    const sky = await colourAt(page, { x: 521, y: 110 }, balloon)
    await drag(page, handle, target, balloon)
    // The thing is at its target, and its old place is filled.
    await expect
      .poll(async () => far(await colourAt(page, { x: 521, y: 110 }, balloon), sky))
      .toBeGreaterThan(40)
    expect(far(await colourAt(page, { x: 180, y: 230 }, balloon), plain)).toBeGreaterThan(25)
    expect(await page.getByText('Preview only').isVisible()).toBe(true)
    // The stripes of two neighbours differ; once the pointer is up they give way to the real fill.
    const stripes = async () => {
      const colours = await Promise.all(
        [0, 1, 2].map((i) => colourAt(page, { x: 180 + 6 * i, y: 200 }, balloon)),
      )
      return Math.max(...colours.map((one) => far(one, colours[0] ?? [])))
    }
    await expect.poll(stripes, { ...AT_LEISURE, timeout: 30_000 }).toBeLessThan(12)
    await picture(page, 'playground-desktop')

    await runButton(page).click()
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(1)
    const result = await resultOf(page)
    await picture(page, 'playground-result')
    const region = (x: number, y: number) => x > 60 && x < 680 && y > 30 && y < 420
    expect(await difference(balloon.file, result, 768, (x, y) => !region(x, y))).toBe(0)
    const landed = (x: number, y: number) => x > 480 && x < 560 && y > 100 && y < 220
    expect(await difference(balloon.file, result, 768, landed)).toBeGreaterThan(60)

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ])
    expect((await readFile(await download.path())).equals(result)).toBe(true)

    await page.getByRole('button', { name: 'Back to the edit' }).click()
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await page.keyboard.press('Control+z')
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(0)
    await page.keyboard.press('Control+Shift+z')
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)

    await runButton(page).click()
    await resultOf(page)
    await page.getByRole('button', { name: 'Continue from this' }).click()
    await expect.poll(() => guide(page).textContent()).toMatch(/Click the thing/)
    // The balloon is where it was moved to.
    await pick(page, target, balloon)
    await drag(page, target, { x: 560, y: 240 }, balloon)
    await runButton(page).click()
    // The second edit starts from the first result: the old place is still empty.
    const next = await resultOf(page)
    expect(await difference(result, next, 768, (x, y) => x > 150 && x < 260 && y > 100)).toBe(0)
    expect(
      await difference(result, next, 768, (x, y) => x > 520 && y > 250 && y < 320),
    ).toBeGreaterThan(60)
  })

  test('press and drag moves a thing at once; it is taken again where it is seen', async () => {
    const page = await site.page()
    await open(page, balloon)
    // Not selected before: no drag in Select is lost.
    await drag(page, { x: 206, y: 190 }, { x: 400, y: 190 }, balloon)
    const outline = page.locator('.outlines .active .outline')
    const left = async () =>
      ((await outline.boundingBox())?.x ?? 0) - (await onScreen(page, { x: 0, y: 0 }, balloon)).x
    await expect.poll(() => outline.count()).toBe(1)
    const { width } = (await page.locator('.layer').first().boundingBox()) ?? { width: 0 }
    const shift = (194 * width) / balloon.width
    const before = await left()
    expect(before).toBeGreaterThan(shift)
    const far = () => page.getByRole('button', { name: /^Drag 1, target/ }).boundingBox()
    const target = await far()
    // Taken beside its dot: the same drag is longer afterwards.
    await drag(page, { x: 440, y: 150 }, { x: 540, y: 190 }, balloon)
    expect(await page.locator('[data-drag]').count()).toBe(2)
    const step = (100 * width) / balloon.width
    expect(((await far())?.x ?? 0) - (target?.x ?? 0)).toBeCloseTo(step, 0)
    await expect.poll(async () => (await left()) - before).toBeCloseTo(step, 0)
    // Another press on it would select nothing else.
    const there = await onScreen(page, { x: 500, y: 170 }, balloon)
    await page.mouse.click(there.x, there.y)
    expect(await outline.count()).toBe(1)
    expect(await page.locator('.outlines .outline').count()).toBe(1)
    await page.keyboard.press('Control+z')
    await expect.poll(async () => ((await far())?.x ?? 0) - (target?.x ?? 0)).toBeCloseTo(0, 0)
  })

  test('a box corrects an outline; two things move at once; a pin holds', async () => {
    const page = await site.page()
    await open(page, fishes)
    await tool(page, 'Box')
    await drag(page, { x: 92, y: 160 }, { x: 352, y: 282 }, fishes)
    await expect.poll(() => guide(page).textContent()).toMatch(/box closely/)
    await tool(page, 'Drag')
    await drag(page, { x: 250, y: 220 }, { x: 420, y: 180 }, fishes)
    // Dragging a thing that was not selected finds it.
    await drag(page, { x: 760, y: 410 }, { x: 600, y: 450 }, fishes)
    await expect
      .poll(() =>
        page.getByRole('list', { name: 'Things that move' }).getByRole('listitem').count(),
      )
      .toBe(2)
    await tool(page, 'Pin')
    const tail = await onScreen(page, { x: 150, y: 215 }, fishes)
    await page.mouse.click(tail.x, tail.y)
    expect(await page.getByRole('button', { name: /^Pin 3/ }).count()).toBe(1)
    await expect.poll(() => runButton(page).isEnabled()).toBe(true)
    await runButton(page).click()
    await resultOf(page)
  })

  test('a lasso finds a thing, and Remove corrects it', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await tool(page, 'Lasso')
    const around = Array.from({ length: 25 }, (_, i) => ({
      x: 265 + 150 * Math.cos((i * Math.PI) / 12),
      y: 300 + 165 * Math.sin((i * Math.PI) / 12),
    }))
    const spots = await Promise.all(around.map((at) => onScreen(page, at, ladybird)))
    await page.mouse.move(spots[0]?.x ?? 0, spots[0]?.y ?? 0)
    await page.mouse.down()
    for (const { x, y } of spots) await page.mouse.move(x, y)
    await page.mouse.up()
    await tool(page, 'Select')
    const shell = { x: 300, y: 330 }
    const bare = await colourAt(page, { x: 60, y: 60 }, ladybird)
    await expect
      .poll(async () => (await colourAt(page, shell, ladybird))[2] ?? 0, AT_LEISURE)
      .toBeGreaterThan(60)
    expect(far(await colourAt(page, { x: 60, y: 60 }, ladybird), bare)).toBeLessThan(5)
    const head = { x: 238, y: 229 }
    const tinted = await colourAt(page, head, ladybird)
    await tool(page, 'Remove')
    await drag(page, { x: 232, y: 222 }, { x: 244, y: 236 }, ladybird)
    await expect
      .poll(async () => far(await colourAt(page, head, ladybird), tinted), AT_LEISURE)
      .toBeGreaterThan(15)
  })
})

describe('other input devices', () => {
  test('touch on a small phone: tap, drag, pinch, run', async () => {
    const page = await site.page({ ...PHONE, colorScheme: 'dark' })
    await open(page, ladybird)
    const at = await onScreen(page, { x: 270, y: 300 }, ladybird)
    await page.touchscreen.tap(at.x, at.y)
    await expect.poll(() => guide(page).textContent()).toMatch(/Now drag it/)
    const to = await onScreen(page, { x: 400, y: 360 }, ladybird)
    await touchDrag(page, [at], [to])
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await picture(page, 'playground-phone')
    const before = await page.locator('.layer').first().boundingBox()
    const [left, right] = [
      { x: at.x - 20, y: at.y - 60 },
      { x: at.x + 20, y: at.y - 60 },
    ]
    await touchDrag(
      page,
      [left, right],
      [
        { x: left.x - 60, y: left.y },
        { x: right.x + 60, y: right.y },
      ],
    )
    const after = await page.locator('.layer').first().boundingBox()
    expect((after?.width ?? 0) / (before?.width ?? 1)).toBeGreaterThan(1.5)
    // Two fingers do not make a drag.
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await runButton(page).click()
    await resultOf(page)
    await picture(page, 'playground-phone-result')
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(360)
  })

  test('a pen', async () => {
    const page = await site.page()
    await open(page, ladybird)
    const pen = await page.context().newCDPSession(page)
    const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', { x, y }: Spot) =>
      pen.send('Input.dispatchMouseEvent', {
        type,
        x,
        y,
        pointerType: 'pen',
        force: 0.5,
        button: 'left',
        buttons: type === 'mouseReleased' ? 0 : 1,
        clickCount: 1,
      })
    const at = await onScreen(page, { x: 270, y: 300 }, ladybird)
    await send('mousePressed', at)
    await send('mouseReleased', at)
    await expect.poll(() => guide(page).textContent()).toMatch(/Now drag it/)
    await send('mousePressed', at)
    for (let i = 1; i <= 5; i++) await send('mouseMoved', { x: at.x + 12 * i, y: at.y + 6 * i })
    await send('mouseReleased', { x: at.x + 60, y: at.y + 30 })
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
  })

  test('the keyboard: arrows nudge, Delete removes', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 350, y: 300 }, ladybird)
    const end = page.getByRole('button', { name: /^Drag 1, target/ })
    const place = async () => {
      const box = await end.boundingBox()
      return box === null ? 0 : box.x
    }
    // Its ring belongs to it.
    await end.focus()
    const before = await place()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowRight')
    const { width } = (await page.locator('.layer').first().boundingBox()) ?? { width: 0 }
    await expect.poll(place).toBeCloseTo(before + (11 * width) / ladybird.pixels, 0)
    await page.keyboard.press('Delete')
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(0)
  })
})

describe('the view and the keyboard', () => {
  test('zoom by buttons and keys, pan with the space bar, and the crosshair drags', async () => {
    const page = await site.page()
    await open(page, wholeLadybird)
    const box = async () =>
      (await page.locator('.layer').first().boundingBox()) ?? { x: 0, y: 0, width: 0 }
    const whole = await box()
    await page.keyboard.press('1')
    await expect.poll(async () => (await box()).width).toBeCloseTo(wholeLadybird.pixels, 0)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await expect.poll(async () => (await box()).width).toBeCloseTo(1.25 * wholeLadybird.pixels, 0)
    expect(await page.getByRole('button', { name: '125 %' }).count()).toBe(1)
    // A phone's keyboard takes a part of the window: the zoom stays.
    await page.setViewportSize({ width: 1280, height: 500 })
    expect((await box()).width).toBeCloseTo(1.25 * wholeLadybird.pixels, 0)
    await page.setViewportSize({ width: 1280, height: 800 })
    const before = await box()
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.down(' ')
    await drag(page, { x: 300, y: 300 }, { x: 340, y: 300 }, wholeLadybird)
    await page.keyboard.up(' ')
    expect((await box()).x - before.x).toBeCloseTo(50, 0)
    expect(await page.locator('[data-drag]').count()).toBe(0)
    await page.keyboard.press('0')
    await expect.poll(async () => (await box()).width).toBeCloseTo(whole.width, 0)

    await page.getByTestId('stage').focus()
    expect(await page.getByTestId('crosshair').count()).toBe(1)
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowLeft')
    await page.keyboard.press(' ')
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press(' ')
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    // Escape gives up what the pointer drags.
    const from = await onScreen(page, { x: 60, y: 60 }, wholeLadybird)
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(from.x + 60, from.y, { steps: 4 })
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(4)
    await page.keyboard.press('Escape')
    await page.mouse.up()
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Undo, redo').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })
})

describe('accessibility, security and access', () => {
  // Every rule in one scheme; in the other one those that look at colours.
  test.each([
    ['light', undefined],
    ['dark', ['color-contrast', 'link-in-text-block']],
  ] as const)('axe finds no serious violation, %s', async (colorScheme, rules) => {
    const motion = { reducedMotion: 'no-preference' } as const
    const page = await site.page({ ...DESKTOP, ...motion, colorScheme, bypassCSP: true })
    expect(await seriousFindings(page, rules)).toEqual([])
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await page.getByText('Expert').click()
    expect(await seriousFindings(page, rules)).toEqual([])
    await runButton(page).click()
    await resultOf(page)
    expect(await seriousFindings(page, rules)).toEqual([])
  })

  test('the content security policy has no exceptions for scripts, and no asset contains a key', async () => {
    const response = await fetch(site.origin)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    const html = await response.text()
    for (const [, path] of html.matchAll(/(?:src|href)="(\/app\/[^"]+)"/g))
      expect(await (await fetch(site.origin + path)).text()).not.toMatch(/cd_(live|test|client)_/)
  })

  test('the page asks for a token if the server issues none', async () => {
    const page = await site.page()
    const given = await fetch(`${site.origin}/dev/client-token`, { method: 'POST' })
    const { token } = (await given.json()) as { token: string }
    await page.route('**/dev/client-token', (route) => route.fulfill({ status: 404 }))
    await page.reload()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await runButton(page).click()
    await page.getByLabel('Client token').fill(token)
    // The edit that waited for it is sent.
    await page.getByRole('button', { name: 'Use this token' }).click()
    await resultOf(page)
  })

  test('an error of the API is shown with its detail and what to do', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    const models = page.getByLabel('Model').locator('option')
    await expect.poll(() => models.count()).toBe(3)
    const json = { code: 'blocked', status: 422, detail: 'moderation rejected the photo' }
    await page.route('**/v1/edits', (route) => route.fulfill({ status: 422, json }))
    await runButton(page).click()
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContain('Moderation rejected the photo. Choose another photo or another prompt.')
  })
})

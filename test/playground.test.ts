/**
 * The playground in a real browser, against the real pair: by mouse, touch, pen and keyboard.
 * With PICTURES set, its pictures for the README are kept there.
 */

import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort, Stack } from '../infra/stack.ts'
import { sampleFolder } from '../samples/render.ts'
import { launch, onScreen, type Spot, touchDrag } from './fixtures/browser.ts'
import { contextdrag } from './fixtures/cli.ts'
import {
  balloon,
  colourAt,
  DESKTOP,
  difference,
  drag,
  far,
  guide,
  ladybird,
  largePhoto,
  open,
  PHONE,
  pick,
  picture,
  resultOf,
  runButton,
  seriousFindings,
  tool,
} from './fixtures/playground.ts'

let stack: Stack
let browser: Browser
let folder: string
const complaints: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-playground-'))
  browser = await launch()
  stack = await Stack.prepare({
    secretsFile: join(folder, 'secrets.env'),
    stateFolder: join(folder, 'state'),
    edgePort: await freePort(),
    workerPort: await freePort(),
  })
  await stack.start()
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(complaints.splice(0)).toEqual([])
})

/** A fresh page; whatever it complains about fails the test. */
async function fresh(options: BrowserContextOptions = DESKTOP): Promise<Page> {
  const context = await browser.newContext({ ...options, acceptDownloads: true })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stack.origin })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // Chromium tells of every refused request by itself.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      complaints.push(message.text())
  })
  await page.goto(stack.origin)
  return page
}

describe('by mouse', () => {
  test('open, click, correct, drag, preview, run, compare, undo, continue, download', async () => {
    const page = await fresh()
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
      .poll(async () => far(await colourAt(page, basket, balloon), bare), { timeout: 10_000 })
      .toBeGreaterThan(15)
    await picture(page, 'playground-outline')

    await tool(page, 'Drag')
    const sky = await colourAt(page, { x: 521, y: 110 }, balloon)
    await drag(page, handle, target, balloon)
    // What moves is where it was dragged to, and its place is filled and striped.
    await expect
      .poll(async () => far(await colourAt(page, { x: 521, y: 110 }, balloon), sky))
      .toBeGreaterThan(40)
    expect(far(await colourAt(page, { x: 180, y: 230 }, balloon), plain)).toBeGreaterThan(25)
    expect(await page.getByText('Preview only').isVisible()).toBe(true)
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

    await page.getByRole('button', { name: 'Back to the drags' }).click()
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
    // It went on from there: what the first run left empty still is.
    const next = await resultOf(page)
    expect(await difference(result, next, 768, (x, y) => x > 150 && x < 260 && y > 100)).toBe(0)
    expect(
      await difference(result, next, 768, (x, y) => x > 520 && y > 250 && y < 320),
    ).toBeGreaterThan(60)
  })

  test('a box corrects an outline; two things move at once; a pin holds', async () => {
    const page = await fresh()
    await open(page, { file: `${sampleFolder('fishes')}photo.jpg` })
    const fishes = { width: 1024 }
    await tool(page, 'Box')
    await drag(page, { x: 92, y: 160 }, { x: 352, y: 282 }, fishes)
    await expect.poll(() => guide(page).textContent(), { timeout: 10_000 }).toMatch(/box closely/)
    await tool(page, 'Drag')
    await drag(page, { x: 250, y: 220 }, { x: 420, y: 180 }, fishes)
    // A thing that nobody has clicked at yet is found when it is dragged.
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

  test('a lasso finds a thing, and Remove takes away', async () => {
    const page = await fresh()
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
      .poll(async () => (await colourAt(page, shell, ladybird))[2] ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(60)
    expect(far(await colourAt(page, { x: 60, y: 60 }, ladybird), bare)).toBeLessThan(5)
    const head = { x: 238, y: 229 }
    const tinted = await colourAt(page, head, ladybird)
    await tool(page, 'Remove')
    await drag(page, { x: 232, y: 222 }, { x: 244, y: 236 }, ladybird)
    await expect
      .poll(async () => far(await colourAt(page, head, ladybird), tinted), { timeout: 10_000 })
      .toBeGreaterThan(15)
  })
})

describe('by other hands', () => {
  test('touch on a small phone: tap, drag, pinch, run', async () => {
    const page = await fresh({ ...PHONE, colorScheme: 'dark' })
    await open(page, ladybird)
    const at = await onScreen(page, { x: 270, y: 300 }, ladybird)
    await page.touchscreen.tap(at.x, at.y)
    await expect.poll(() => guide(page).textContent(), { timeout: 10_000 }).toMatch(/Now drag it/)
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
    // Two fingers are no drag.
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await runButton(page).click()
    await resultOf(page)
    await picture(page, 'playground-phone-result')
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(360)
  })

  test('a pen', async () => {
    const page = await fresh()
    await open(page, ladybird)
    const pen = await page.context().newCDPSession(page)
    const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', { x, y }: Spot) =>
      pen.send('Input.dispatchMouseEvent', {
        ...{ type, x, y, pointerType: 'pen', force: 0.5 },
        ...{ button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 },
      })
    const at = await onScreen(page, { x: 270, y: 300 }, ladybird)
    await send('mousePressed', at)
    await send('mouseReleased', at)
    await expect.poll(() => guide(page).textContent(), { timeout: 10_000 }).toMatch(/Now drag it/)
    await send('mousePressed', at)
    for (let i = 1; i <= 5; i++) await send('mouseMoved', { x: at.x + 12 * i, y: at.y + 6 * i })
    await send('mouseReleased', { x: at.x + 60, y: at.y + 30 })
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
  })

  test('the keyboard: arrows nudge, Delete removes', async () => {
    const page = await fresh()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 350, y: 300 }, ladybird)
    const end = page.getByRole('button', { name: /^Drag 1, target/ })
    const place = async () => {
      const box = await end.boundingBox()
      return box === null ? 0 : box.x
    }
    // Its ring counts as a part of it.
    await end.focus()
    const before = await place()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowRight')
    const { width } = (await page.locator('.layer').first().boundingBox()) ?? { width: 0 }
    await expect.poll(place).toBeCloseTo(before + (11 * width) / ladybird.width, 0)
    await page.keyboard.press('Delete')
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(0)
  })
})

describe('files', () => {
  test('a saved edit opens again, and the command line runs it', async () => {
    const page = await fresh()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await page.getByLabel('Prompt (optional)').fill('a ladybird')
    await page.getByText('Advanced').click()
    await page.getByLabel('Model').selectOption('embedded-fast')
    await page.getByLabel('Seed').fill('11')
    await page.getByLabel('Seed').blur()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save edit.json' }).click(),
    ])
    const file = join(folder, 'edit.json')
    await download.saveAs(file)
    const out = join(folder, 'by-cli.png')
    const made = await contextdrag(['edit', '--from', file, '--out', out, '--json'])
    expect([made.code, JSON.parse(made.stdout)]).toMatchObject([
      0,
      { model: 'embedded-fast', seed: 11 },
    ])

    await page.getByRole('button', { name: 'Another photo' }).click()
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    expect(await page.getByLabel('Prompt (optional)').inputValue()).toBe('a ladybird')
    await runButton(page).click()
    // What the page makes is what the command line made of its file.
    expect(await difference(await resultOf(page), out, 640, () => true)).toBeLessThanOrEqual(1)
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    const curl = await page.evaluate('navigator.clipboard.readText()')
    expect(curl).toContain("-F 'model=embedded-fast'")
    await page.getByRole('button', { name: 'Copy as TypeScript' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('seed: 11,')

    const broken = join(folder, 'broken.json')
    await writeFile(broken, '{"version":9}')
    await page.getByRole('button', { name: 'Another photo' }).click()
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(broken)
    expect(await page.getByRole('alert').textContent()).toContain('version is 9')
  })

  test('a turned photo of 12 megapixels is shown upright and small, and sent whole', async () => {
    const large = join(folder, 'large.jpg')
    await largePhoto(large)
    const page = await fresh()
    await open(page, { file: large })
    const shown = await page.locator('.layer').first().boundingBox()
    expect((shown?.width ?? 0) / (shown?.height ?? 1)).toBeCloseTo(3 / 4, 2)
    const upload = page.waitForRequest((request) => request.url().endsWith('/v1/uploads'))
    // Turned by 90 degrees: column 1200 to 2600 of 3024 from the right, row 1200 to 2600.
    const middle = { x: 3024 - 1500, y: 1900 }
    await tool(page, 'Box')
    await drag(page, { x: 1000, y: 1500 }, { x: 2000, y: 2400 }, { width: 3024 })
    await expect.poll(() => guide(page).textContent(), { timeout: 10_000 }).toMatch(/box closely/)
    await tool(page, 'Drag')
    await drag(page, middle, { x: middle.x + 400, y: middle.y + 300 }, { width: 3024 })
    await runButton(page).click()
    expect((await upload).postDataJSON()).toMatchObject({ contentType: 'image/jpeg' })
    const { width, height } = await sharp(await resultOf(page)).metadata()
    expect([width, height]).toEqual([3024, 4032])
  })

  test('what is no picture is refused in words', async () => {
    const page = await fresh()
    const text = join(folder, 'notes.txt')
    await writeFile(text, 'no picture')
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(text)
    expect(await page.getByRole('alert').textContent()).toContain('is not a picture')
  })
})

describe('for everybody', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const page = await fresh({ ...DESKTOP, colorScheme, bypassCSP: true })
    expect(await seriousFindings(page)).toEqual([])
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await page.getByText('Advanced').click()
    expect(await seriousFindings(page)).toEqual([])
    await runButton(page).click()
    await resultOf(page)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a policy without exceptions for scripts, and no key in any asset', async () => {
    const answer = await fetch(stack.origin)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    const html = await answer.text()
    for (const [, path] of html.matchAll(/(?:src|href)="(\/app\/[^"]+)"/g))
      expect(await (await fetch(stack.origin + path)).text()).not.toMatch(/cd_(live|test|client)_/)
  })

  test('where no token is given out, one is typed in', async () => {
    const page = await fresh()
    const given = await fetch(`${stack.origin}/dev/client-token`, { method: 'POST' })
    const { token } = (await given.json()) as { token: string }
    await page.route('**/dev/client-token', (route) => route.fulfill({ status: 404 }))
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await runButton(page).click()
    await page.getByLabel('Client token').fill(token)
    await page.getByRole('button', { name: 'Use it' }).click()
    await runButton(page).click()
    await resultOf(page)
  })

  test('a refusal of the API is shown in its own words', async () => {
    const page = await fresh()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await page.getByText('Advanced').click()
    await page.getByLabel('Model').selectOption('flux1-kontext-dev')
    await runButton(page).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/test keys run/)
  })
})

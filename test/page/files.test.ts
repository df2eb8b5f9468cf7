/** The start, opening photos and saving edits in the playground, in a real browser with a real edge and worker. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { photographs as offered } from '../../edge/playground/panel/start/photographs.ts'
import { photographFolder } from '../../samples/photographs.ts'
import { contextdrag } from '../fixtures/cli.ts'
import { onScreen } from '../fixtures/page/browser.ts'
import {
  DESKTOP,
  difference,
  drag,
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
} from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'
import { sized } from '../size.ts'

/** Whether the browser's database has a draft with drags. */
const KEPT_DRAGS = `new Promise((resolve) => {
  const request = indexedDB.open('contextdrag', 1)
  request.onsuccess = () => {
    const asked = request.result.transaction('session').objectStore('session').get('history')
    asked.onsuccess = () => {
      request.result.close()
      resolve((asked.result?.now.drags.length ?? 0) > 0 && asked.result.now.things[0]?.mask != null)
    }
  }
})`

const site = openSite()

describe('the session', () => {
  const dots = (page: Page) => page.locator('[data-drag]').count()

  test('is there again after a reload, and is not thrown away without a question', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await expect.poll(() => runButton(page).isEnabled()).toBe(true)
    // The draft is kept once it is quiet.
    await expect.poll(() => page.evaluate(KEPT_DRAGS)).toBe(true)
    await page.reload()
    await expect.poll(() => dots(page)).toBe(2)
    await expect.poll(() => page.locator('.outlines .outline').count()).toBe(1)
    await page.getByRole('button', { name: 'Open another photo' }).click()
    const file = page.getByLabel('Open a photo or a saved edit')
    await file.setInputFiles(ladybird.file)
    await page.getByRole('button', { name: 'Keep this edit' }).click()
    await page.getByRole('button', { name: 'Back to photo.jpg' }).click()
    await expect.poll(() => dots(page)).toBe(2)
    await page.keyboard.press('Control+z')
    await expect.poll(() => dots(page)).toBe(0)
    await page.keyboard.press('Control+Shift+z')
    await expect.poll(() => dots(page)).toBe(2)
    await page.getByRole('button', { name: 'Open another photo' }).click()
    await file.setInputFiles(ladybird.file)
    await page.getByRole('button', { name: 'Discard it' }).click()
    await page.getByTestId('stage').waitFor()
    expect(await dots(page)).toBe(0)
  })

  test('a double click runs once, an expired token is renewed, and results stay', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await expect.poll(() => runButton(page).isEnabled()).toBe(true)
    let sent = 0
    await page.route('**/v1/edits', (route) =>
      sent++ === 0
        ? route.fulfill({ status: 401, json: { code: 'unauthenticated', status: 401, detail: '' } })
        : route.continue(),
    )
    await runButton(page).dblclick()
    const made = await resultOf(page)
    expect(sent).toBe(2)
    await tool(page, 'Select')
    await page.getByRole('button', { name: 'Result 1' }).click()
    expect((await resultOf(page)).equals(made)).toBe(true)
    const divider = page.locator('.divider')
    await page.getByRole('button', { name: 'Hold to compare' }).hover()
    await page.mouse.down()
    await expect.poll(() => divider.getAttribute('style')).toContain('100%')
    await page.mouse.up()
    await expect.poll(() => divider.getAttribute('style')).toContain('50%')
    await tool(page, 'Select')
    await page.context().setOffline(true)
    await runButton(page).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/You are offline/)
  })
})

describe('files', () => {
  test('a saved edit opens again, and the command line runs it', async () => {
    const page = await site.page()
    await open(page, ladybird)
    await pick(page, { x: 270, y: 300 }, ladybird)
    await drag(page, { x: 270, y: 300 }, { x: 380, y: 360 }, ladybird)
    await page.getByLabel('Model').selectOption('embedded-fast')
    // Computed weights read no prompt.
    expect(await page.getByLabel('Prompt (optional)').count()).toBe(0)
    await page.getByText('Expert').click()
    await page.getByLabel('Seed').fill('11')
    await page.getByLabel('Seed').blur()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save this edit' }).click(),
    ])
    const file = join(site.folder, 'edit.json')
    await download.saveAs(file)
    const out = join(site.folder, 'by-cli.png')
    const made = await contextdrag(['edit', '--from', file, '--out', out, '--json'])
    expect([made.code, JSON.parse(made.stdout)]).toMatchObject([
      0,
      { model: 'embedded-fast', seed: 11 },
    ])

    await page.getByRole('button', { name: 'Open another photo' }).click()
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(2)
    await runButton(page).click()
    // The page and the command line give the same result.
    const result = await resultOf(page)
    expect(await difference(result, out, ladybird.width, () => true)).toBeLessThanOrEqual(1)
    await page.getByText('Export').click()
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    const curl = await page.evaluate('navigator.clipboard.readText()')
    expect(curl).toContain("--form-string 'model=embedded-fast'")
    await page.getByRole('button', { name: 'Copy as TypeScript' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('seed: 11,')

    const broken = join(site.folder, 'broken.json')
    await writeFile(broken, '{"version":9}')
    await page.getByRole('button', { name: 'Open another photo' }).click()
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(broken)
    expect(await page.getByRole('alert').textContent()).toContain('version is 9')
  })

  test('a rotated photo of 12 megapixels is shown upright and scaled down, and sent in full', async () => {
    const large = join(site.folder, 'large.jpg')
    // The page shows at most 1024 pixels, and uploads more than 2 MB by themselves.
    const scale = sized(0.625, 1)
    await largePhoto(large, scale)
    const page = await site.page()
    await open(page, { file: large })
    const shown = await page.locator('.layer').first().boundingBox()
    expect((shown?.width ?? 0) / (shown?.height ?? 1)).toBeCloseTo(3 / 4, 2)
    const upload = page.waitForRequest((request) => request.url().endsWith('/v1/uploads'))
    // In pixels of the full size. Turned by 90 degrees: column 1200 to 2600 of 3024 from the right,
    // row 1200 to 2600.
    const upright = { width: 3024 }
    const middle = { x: upright.width - 1500, y: 1900 }
    await tool(page, 'Box')
    await drag(page, { x: 1000, y: 1500 }, { x: 2000, y: 2400 }, upright)
    await expect.poll(() => guide(page).textContent()).toMatch(/box closely/)
    await tool(page, 'Drag')
    await drag(page, middle, { x: middle.x + 400, y: middle.y + 300 }, upright)
    await runButton(page).click()
    expect((await upload).postDataJSON()).toMatchObject({ contentType: 'image/jpeg' })
    const { width, height } = await sharp(await resultOf(page)).metadata()
    expect([width, height]).toEqual([3024 * scale, 4032 * scale])
  })

  test('a photo can be dropped or pasted; the wheel zooms at the pointer', async () => {
    const page = await site.page()
    const base64 = (await readFile(ladybird.file)).toString('base64')
    /** A drop or paste event with the photo. */
    const give = (type: string, field: string) =>
      page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${base64}'), (character) => character.charCodeAt(0))
        const data = new DataTransfer()
        data.items.add(new File([bytes], 'given.jpg', { type: 'image/jpeg' }))
        const event = new ${type === 'paste' ? 'ClipboardEvent' : 'DragEvent'}('${type}', {
          bubbles: true, cancelable: true, ${field}: data,
        })
        document.querySelector('main').dispatchEvent(event)
      })()`)
    await give('drop', 'dataTransfer')
    await expect.poll(() => guide(page).textContent()).toMatch(/Click the thing/)
    await page.getByRole('button', { name: 'Open another photo' }).click()
    await give('paste', 'clipboardData')
    await expect.poll(() => guide(page).textContent()).toMatch(/Click the thing/)

    const spot = { x: 400, y: 200 }
    const before = await onScreen(page, spot, ladybird)
    await page.mouse.move(before.x, before.y)
    await page.mouse.wheel(0, -400)
    const picture = page.locator('.layer').first()
    const width = async () => (await picture.boundingBox())?.width ?? 0
    await expect.poll(width).toBeGreaterThan(1200)
    const after = await onScreen(page, spot, ladybird)
    // Wheel events have whole pixels.
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(2)
  })

  test('a file that cannot be sent is rejected with a message when it is opened', async () => {
    const page = await site.page()
    const blank = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#456' } })
    const frames = { raw: { width: 80, height: 160, channels: 3, pageHeight: 80 } } as const
    const two = await blank(80, 160).linear(1, 1).raw().toBuffer()
    two.fill(9, 0, 3 * 80 * 80)
    const small = blank(200, 100)
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
    const cases: [string, Buffer, RegExp][] = [
      ['notes.txt', Buffer.from('no picture'), /is not a picture that can be edited/],
      ['a.bmp', Buffer.concat([Buffer.from('BM'), Buffer.alloc(200)]), /is not a picture that can/],
      ['a.heic', heic, /cannot be edited.*HEIC/],
      ['moving.webp', await sharp(two, frames).webp().toBuffer(), /more than one frame/],
      ['long.png', await blank(1640, 100).png().toBuffer(), /16.4 to 1/],
      ['tiny.png', await blank(100, 63).png().toBuffer(), /100x63/],
      ['cut.png', (await small.clone().png().toBuffer()).subarray(0, 60), /cannot open cut.png/],
    ]
    for (const [name, bytes, message] of cases) {
      const file = join(site.folder, name)
      await writeFile(file, bytes)
      await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
      await expect.poll(() => page.getByRole('alert').textContent()).toMatch(message)
      expect(await page.getByTestId('stage').count()).toBe(0)
    }
  })

  test('formats and sizes that the API does not take are converted when they are opened', async () => {
    const page = await site.page()
    const blank = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#456' } })
    const small = blank(200, 100)
    const heavy = Buffer.concat([await small.clone().jpeg().toBuffer(), Buffer.alloc(20_000_000)])
    const cases: [string, Buffer, RegExp][] = [
      ['a.gif', await small.clone().gif().toBuffer(), /JPEG of 200 x 100/],
      ['a.avif', await small.clone().avif().toBuffer(), /JPEG of 200 x 100/],
      ['heavy.jpg', heavy, /JPEG of 200 x 100/],
      ['48mp.jpg', await blank(8064, 6048).jpeg().toBuffer(), /JPEG of 7302 x 5477/],
    ]
    for (const [name, bytes, message] of cases) {
      const file = join(site.folder, name)
      await writeFile(file, bytes)
      await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
      await page.getByTestId('stage').waitFor()
      expect(await page.getByRole('alert').textContent()).toMatch(message)
      await page.getByRole('button', { name: 'Open another photo' }).click()
    }
  })

  test('an edit file that cannot be sent is rejected, too', async () => {
    const page = await site.page()
    const url = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`
    const blank = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#456' } })
        .png()
        .toBuffer()
    const image = url(await blank(200, 100))
    const cases: [object, RegExp][] = [
      [{ image: url(await blank(1640, 100)) }, /16.4 to 1/],
      [{ image: 'data:image/png;base64,@@@' }, /not a data URL/],
      [{ image, model: 'flux9' }, /its model is "flux9"/],
      [{ image, 'x: evil(), y': 1 }, /unknown field "x: evil\(\), y"/],
    ]
    for (const [create, message] of cases) {
      const file = join(site.folder, 'unsendable.json')
      await writeFile(file, JSON.stringify({ version: 1, create }))
      await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
      await expect.poll(() => page.getByRole('alert').textContent()).toMatch(message)
    }
    // Long for one model, but not for another. A file without a model has the default.
    const offered = ['instant', 'flux1-kontext-dev'].map((name) => ({ name }))
    await page.route('**/v1/models', (route) => route.fulfill({ json: { models: offered } }))
    await page.reload()
    const file = join(site.folder, 'long.json')
    await writeFile(
      file,
      JSON.stringify({ version: 1, create: { image: url(await blank(600, 100)) } }),
    )
    await page.getByLabel('Open a photo or a saved edit').setInputFiles(file)
    await page.getByLabel('Model').selectOption('flux1-kontext-dev')
    await expect
      .poll(() => page.locator('aside').textContent())
      .toContain('too long and narrow for')
  })
})

describe('the start', () => {
  const MOVING = { ...DESKTOP, reducedMotion: 'no-preference' } as const
  const photographs = (page: Page) =>
    page.getByRole('list', { name: /drags ready/ }).getByRole('button')

  /** How far the picture after the drag is faded in. */
  const faded = (page: Page) =>
    page.evaluate<number>(
      `Number(getComputedStyle(document.querySelector('.story-after')).opacity)`,
    )

  test('six photographs; one is opened from the keyboard, and the first Apply gives its picture', async () => {
    const page = await site.page(MOVING)
    const names = await photographs(page).evaluateAll((buttons) =>
      buttons.map(({ textContent }) => textContent ?? ''),
    )
    expect(names).toHaveLength(6)
    for (const [i, { title, does }] of offered.entries()) {
      expect(names[i]).toContain(title)
      expect(names[i]).toContain(does)
    }
    // Every thumbnail is there, once it is in sight.
    for (const thumbnail of await photographs(page).locator('img').all()) {
      await thumbnail.scrollIntoViewIfNeeded()
      await expect
        .poll(() => thumbnail.evaluate((image) => (image as unknown as Picture).naturalWidth))
        .toBe(320)
    }
    const licences = await page.getByRole('link', { name: 'Licences' }).getAttribute('href')
    const text = await (await fetch(new URL(licences ?? '', site.origin))).text()
    for (const { name, by } of offered) expect(text).toMatch(new RegExp(`\\| \`${name}\` .*${by}`))
    expect(await seriousFindings(page)).toEqual([])
    await picture(page, 'playground-start')

    await page.getByRole('button', { name: /^Rocket/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('stage').waitFor()
    expect(await page.locator('[data-drag]').count()).toBe(2)
    expect(await page.locator('.outlines .outline').count()).toBe(1)
    await runButton(page).click()
    const result = await resultOf(page)
    const photo = await readFile(`${photographFolder('rocket')}photo.jpg`)
    // The tip is in the sky, and the rocket's foot is in the air.
    const tip = (x: number, y: number) => x > 315 && x < 330 && y > 50 && y < 110
    expect(await difference(photo, result, 640, tip)).toBeGreaterThan(60)
    expect(await difference(photo, result, 640, (x) => x < 250 || x > 400)).toBe(0)
    // Nothing is lost that cannot be had again: another one opens without a question.
    await page.getByRole('button', { name: 'Open another photo' }).click()
    await page.getByRole('button', { name: /^Dandelions/ }).click()
    await expect.poll(() => page.locator('[data-drag]').count()).toBe(4)
  })

  type Picture = { readonly naturalWidth: number }

  test('a photograph that does not come says so, and the page stays', async () => {
    const page = await site.page()
    await page.route('**/samples/fig.json', (route) => route.abort())
    await page.getByRole('button', { name: /^Fig/ }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/did not load/)
    await page.unroute('**/samples/fig.json')
    await page.route('**/samples/fig.json', (route) => route.fulfill({ status: 503, body: 'busy' }))
    await page.getByRole('button', { name: /^Fig/ }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/did not load/)
    expect(await page.getByTestId('stage').count()).toBe(0)
  })

  test('before and after move until they are paused', async () => {
    const page = await site.page(MOVING)
    // Whatever the moment, it is shown at some other time, too.
    await expect.poll(() => faded(page)).toBeGreaterThan(0.9)
    await expect.poll(() => faded(page)).toBeLessThan(0.1)
    await page.getByRole('button', { name: 'Pause' }).click()
    const states = () =>
      page.evaluate<string[]>(
        `document.getAnimations().filter(({ animationName }) => animationName?.startsWith('story')).map(({ playState }) => playState)`,
      )
    expect(await states()).toEqual(['paused', 'paused', 'paused'])
    await page.getByRole('button', { name: 'Play' }).click()
    expect(await states()).toEqual(['running', 'running', 'running'])
  })

  test('with less motion, both pictures stand side by side', async () => {
    for (const screen of [DESKTOP, PHONE]) {
      const page = await site.page({ ...screen, reducedMotion: 'reduce' })
      const [before, after] = [
        await page.locator('.story-before').boundingBox(),
        await page.locator('.story-after').boundingBox(),
      ]
      expect(after?.x).toBeGreaterThanOrEqual((before?.x ?? 0) + (before?.width ?? 0))
      expect(await faded(page)).toBe(1)
      expect(await page.evaluate('document.getAnimations().length')).toBe(0)
      expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0)
      await picture(page, `playground-start-still-${screen.viewport.width}`)
    }
  })
})

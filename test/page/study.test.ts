/** The page of a study, as a participant uses it. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { orderFor, type Study, type Votes } from '../../evaluation/study/ballot.ts'
import { launch } from '../fixtures/page/browser.ts'

const folder = await mkdtemp(join(tmpdir(), 'contextdrag-study-'))
const size = { width: 120, height: 80 }
/** The folders of a report: reds are ours, greens are theirs. */
const colours = { ours: 'red', theirs: 'green', none: 'blue' }
let browser: Browser

beforeAll(async () => {
  for (const [engine, background] of Object.entries(colours))
    for (const id of ['bench/one', 'bench/two']) {
      const file = join(folder, 'results', engine, `${id}.png`)
      await mkdir(join(file, '..'), { recursive: true })
      await sharp({ create: { ...size, channels: 3, background } }).toFile(file)
    }
  await mkdir(join(folder, 'cases', 'bench'), { recursive: true })
  const drags = [{ handle: { x: 20, y: 20 }, target: { x: 90, y: 60 } }]
  await writeFile(join(folder, 'cases', 'bench', 'one.json'), JSON.stringify({ size, drags }))
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

test('a study is voted on by keyboard and mouse, continued, exported and counted', async () => {
  const at = (engine: string) => join(folder, 'results', engine)
  const out = join(folder, 'study')
  expect(await run(['eval', 'study', at('ours'), at('theirs'), '--out', out, '--limit', '2'])).toBe(
    0,
  )
  const html = await readFile(join(out, 'index.html'), 'utf8')
  const [, data = ''] = /id="study">(.*?)<\/script>/s.exec(html) ?? []
  const study = JSON.parse(data) as Study
  expect(study.pairs.map(({ id, asked }) => [id, asked?.drags.length])).toEqual([
    ['bench/one', 1],
    ['bench/two', undefined],
  ])
  const order = orderFor(study, 'Ada')

  const page = await browser.newPage()
  const url = pathToFileURL(join(out, 'index.html')).href
  await page.goto(url)
  expect(await page.locator('body').textContent()).not.toMatch(/ours<|theirs</)
  await page.getByLabel('A name').fill('Ada')
  await page.keyboard.press('Enter')
  const [first] = order
  const source = await page.locator('#left').getAttribute('src')
  expect(source).toBe(first?.a === 'left' ? first.pair.a : first?.pair.b)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowDown')
  await page.getByRole('button', { name: 'Right' }).click()
  expect(await page.locator('#progress').textContent()).toBe('3 of 6 answers')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Backspace')

  // The same name continues after the page was closed.
  await page.goto(url)
  await page.getByLabel('A name').fill('Ada')
  await page.keyboard.press('Enter')
  expect(await page.locator('#progress').textContent()).toBe('3 of 6 answers')
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
  expect(await page.locator('#end').isVisible()).toBe(true)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ])
  const saved = join(folder, 'votes.json')
  await download.saveAs(saved)
  await page.close()

  const { votes, participant } = JSON.parse(await readFile(saved, 'utf8')) as Votes
  expect(participant).toBe('Ada')
  const preferred = ['left', 'tie', 'right', 'right', 'right', 'right']
  expect(votes.map(({ winner }) => winner)).toEqual(
    preferred.map((side, i) =>
      side === 'tie' ? 'tie' : side === order[Math.floor(i / 3)]?.a ? 'a' : 'b',
    ),
  )
  expect(await run(['eval', 'votes', saved])).toBe(0)
})

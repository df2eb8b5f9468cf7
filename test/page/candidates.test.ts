/** Several candidates of an edit, in a real browser: made together, side by side, each a result. */

import { expect, test } from 'vitest'
import {
  drag,
  guide,
  ladybird,
  open,
  pick,
  picture,
  resultOf,
  runButton,
  seriousFindings,
} from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'

const site = openSite()

test('two candidates are made with one request, side by side; each is chosen, and kept', async () => {
  const page = await site.page()
  const created: number[] = []
  page.on('response', async (response) => {
    if (response.request().method() !== 'POST' || !response.url().endsWith('/v1/edits')) return
    const { candidates = [] } = (await response.json()) as { candidates?: unknown[] }
    created.push(candidates.length)
  })
  await open(page, ladybird)
  const handle = { x: 331, y: 179 }
  await pick(page, handle, ladybird)
  await drag(page, handle, { x: 217, y: 177 }, ladybird)
  await page.getByLabel('How many results').selectOption('2')
  await runButton(page).click()
  const first = await resultOf(page)
  expect(created).toEqual([2])
  const candidates = page.getByRole('list', { name: 'Candidates' }).getByRole('button')
  await expect.poll(() => candidates.count()).toBe(2)
  const pressed = async () =>
    Promise.all([0, 1].map((at) => candidates.nth(at).getAttribute('aria-pressed')))
  expect(await pressed()).toEqual(['true', 'false'])
  const seeds = await Promise.all(
    [0, 1].map(async (at) =>
      (await candidates.nth(at).getAttribute('aria-label'))?.split(' ').at(-1),
    ),
  )
  expect(seeds[0]).not.toBe(seeds[1])
  await candidates.nth(1).click()
  expect(await pressed()).toEqual(['false', 'true'])
  await expect
    .poll(() => page.locator('.result > .hint').textContent())
    .toContain(`seed ${seeds[1]}`)
  expect((await resultOf(page)).length).toBeGreaterThan(0.5 * first.length)
  expect(await page.getByRole('list', { name: 'Results' }).getByRole('button').count()).toBe(2)
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'playground-candidates')

  // A single one after it has no others beside it.
  await page.getByRole('button', { name: 'Back to the edit' }).click()
  await page.getByLabel('How many results').selectOption('1')
  await runButton(page).click()
  await resultOf(page)
  expect(await candidates.count()).toBe(0)
  expect(await page.getByRole('list', { name: 'Results' }).getByRole('button').count()).toBe(3)
  expect(await guide(page).textContent()).toContain('The edit is done')
})

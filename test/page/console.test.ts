/**
 * The console in a real browser with a real edge and worker: from the printed link to a revoked key.
 * If PICTURES names a folder, pictures of it are stored there.
 */

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { sampleFolder } from '../../samples/render.ts'
import { askForLink, Receiver, signIn, turnTo } from '../fixtures/page/console.ts'
import { PHONE, picture, seriousFindings } from '../fixtures/page/playground.ts'
import { openSite } from '../fixtures/page/site.ts'
import { type StripeServer, startStripe } from '../fixtures/servers/stripe/server.ts'

const site = openSite()
let receiver: Receiver
let stripe: StripeServer
beforeAll(async () => {
  receiver = await Receiver.listen()
  stripe = await startStripe(Number(new URL(inject('stripe')).port))
})
afterAll(async () => {
  receiver.close()
  await stripe.close()
})

const someone = () => `owner-${crypto.randomUUID().slice(0, 8)}@example.org`
const secretOf = (page: Page) => page.getByTestId('secret').textContent()
const row = (page: Page, list: string, text: string) =>
  page.getByRole('list', { name: list }).getByRole('listitem').filter({ hasText: text })

/** An edit as a backend in Python creates it: prints its id. */
const PROGRAM = `
import json, os, sys
from pathlib import Path
from contextdrag import ContextDrag, FileStore
folder = Path(sys.argv[1])
api = ContextDrag(os.environ["API"], os.environ["KEY"], store=FileStore(os.environ["STORE"]))
drags = json.loads((folder / "drags.json").read_text())
print(api.edit(folder / "photo.jpg", {"drags": drags}, mask=(folder / "mask.png").read_bytes())["id"])
`
const python = fileURLToPath(new URL('../../clients/python/src', import.meta.url))

/** @returns null where there is no Python */
function editInPython(key: string): string | null {
  const env = { API: site.origin, KEY: key, STORE: join(site.folder, 'edits'), PYTHONPATH: python }
  const run = spawnSync('python3', ['-B', '-c', PROGRAM, sampleFolder('ladybird')], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (run.error !== undefined) return null
  expect(run.stderr).toBe('')
  return run.stdout.trim()
}

/** An edit as any backend creates it. */
async function createEdit(key: string): Promise<Response> {
  const folder = sampleFolder('ladybird')
  const form = new FormData()
  form.set('image', new Blob([await readFile(`${folder}photo.jpg`)], { type: 'image/jpeg' }))
  form.set('mask', new Blob([await readFile(`${folder}mask.png`)], { type: 'image/png' }))
  form.set('drags', await readFile(`${folder}drags.json`, 'utf8'))
  return fetch(`${site.origin}/v1/edits`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': crypto.randomUUID() },
  })
}

test('sign up, top up, make a live key, edit with it in Python, see usage and picture, redeliver its webhook, revoke the key', async () => {
  const page = await site.page()
  const email = someone()
  await signIn(page, email)
  expect(page.url()).not.toContain('sign-in')
  expect(await page.getByText(email).isVisible()).toBe(true)

  await turnTo(page, 'Webhooks')
  await page.getByRole('button', { name: 'New endpoint' }).click()
  await page.getByLabel('URL').fill(receiver.url)
  await page.getByRole('button', { name: 'Add the endpoint' }).click()
  expect(await secretOf(page)).toMatch(/^whsec_/)
  await page.getByRole('button', { name: 'Done' }).click()

  await turnTo(page, 'Billing')
  await page.getByLabel('Keep the card').check()
  await page.getByRole('button', { name: 'Pay $50.00 for $60.00' }).click()
  await page.getByLabel('Card number').fill('4242 4242 4242 4242')
  await page.getByRole('button', { name: 'Pay' }).click()
  await page.getByRole('heading', { name: 'Billing' }).waitFor()
  await stripe.deliver(`${site.origin}/stripe/events`)
  await row(page, 'Payments', '$50.00').getByText('paid').waitFor()
  const receipt = await row(page, 'Payments', '$50.00').getByRole('link').getAttribute('href')
  expect(receipt).toContain(`${stripe.origin}/receipts/`)
  await page.reload()
  await page.getByLabel(/When the balance falls below/).fill('5')
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('On, with the visa card that ends in 4242.').waitFor()
  await picture(page, 'console-billing')
  await turnTo(page, 'Usage')
  await expect.poll(() => page.getByTestId('balance').textContent()).toBe('$60.00')

  await turnTo(page, 'Keys')
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name', { exact: true }).fill('backend')
  await page.getByLabel('Mode').selectOption('live')
  await page.getByRole('button', { name: 'Create the key' }).click()
  const key = (await secretOf(page)) ?? ''
  expect(key).toMatch(/^cd_live_/)
  await picture(page, 'console-key')
  await page.getByRole('button', { name: 'Done' }).click()
  await row(page, 'Keys', 'backend').waitFor()
  // Shown once.
  expect(await page.content()).not.toContain(key)

  const id = editInPython(key) ?? ((await (await createEdit(key)).json()) as { id: string }).id
  expect(id).toMatch(/^edit_/)
  await turnTo(page, 'Edits')
  await page.getByRole('link', { name: id.slice(0, 13) }).click()
  const result = page.getByRole('img', { name: /The result of this edit/ })
  await result.waitFor({ timeout: 60_000 })
  await expect
    .poll(() =>
      result.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
    )
    .toBe(640)
  expect(await page.getByText('succeeded').first().isVisible()).toBe(true)
  await picture(page, 'console-edit')

  await turnTo(page, 'Usage')
  await expect.poll(() => page.getByTestId('total').textContent()).toContain('for 1 edit')
  await page.getByRole('rowheader', { name: 'backend' }).waitFor()
  await page.getByRole('rowheader', { name: 'instant' }).waitFor()

  await turnTo(page, 'Webhooks')
  const delivery = row(page, 'Deliveries', 'edit.succeeded').first()
  await delivery.waitFor({ timeout: 60_000 })
  expect(receiver.messages.map(({ type }) => type)).toEqual(['edit.succeeded'])
  receiver.status = 500
  await delivery.getByRole('button', { name: 'Send again' }).click()
  await expect.poll(() => receiver.messages.length).toBe(2)
  expect(receiver.messages[1]).toEqual(receiver.messages[0])
  await page.getByLabel('Failed ones only').check()
  await row(page, 'Deliveries', '500').waitFor({ timeout: 60_000 })
  expect(await page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem').count()).toBe(1)
  receiver.status = 200
  await picture(page, 'console-webhooks')

  await turnTo(page, 'Keys')
  await row(page, 'Keys', 'backend').getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await row(page, 'Keys', 'backend').getByText('revoked').waitFor()
  expect((await createEdit(key)).status).toBe(401)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('E-mail address').waitFor()
  await page.reload()
  await page.getByLabel('E-mail address').waitFor()
})

test('an owner sets an alert, which stays set', async () => {
  const page = await site.page()
  const email = someone()
  await signIn(page, email)
  await turnTo(page, 'Settings')
  const below = page.getByLabel(/Alert when the balance falls below/)
  const mailed = page.getByLabel(`Mail it to ${email}, too`)
  await expect.poll(() => below.inputValue()).toBe('0')
  await below.fill('ten')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('ten is not an amount.').waitFor()
  await below.fill('2.5')
  await mailed.check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await page.reload()
  await expect.poll(() => below.inputValue()).toBe('2.5')
  await expect.poll(() => mailed.isChecked()).toBe(true)
  await turnTo(page, 'Usage')
  await page.getByText('Below your alert at $2.50.').waitFor()
})

test('the payment page leads back to the payments', async () => {
  const page = await site.page()
  await signIn(page, someone())
  await page.goto(`${site.origin}/console?payment=pay_1&outcome=paid`)
  await page.getByRole('heading', { name: 'Billing' }).waitFor()
  expect(page.url()).toBe(`${site.origin}/console/#/billing`)
})

describe('a link', () => {
  test('works in the browser that asked for it, and once', async () => {
    const page = await site.page()
    await page.goto(`${site.origin}/console/`)
    const link = await askForLink(page, someone())
    const other = await site.page()
    await other.goto(link)
    await other.getByRole('alert').filter({ hasText: 'another browser' }).waitFor()
    expect(other.url()).toBe(`${site.origin}/console/`)
    await page.goto(link)
    await page.getByRole('heading', { name: 'Usage' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail address').waitFor()
    await page.goto(link)
    await page.getByRole('alert').filter({ hasText: 'was used' }).waitFor()
  })

  test('that was opened in another tab signs in the one that waits', async () => {
    const page = await site.page()
    await page.goto(`${site.origin}/console/`)
    const link = await askForLink(page, someone())
    const tab = await page.context().newPage()
    await tab.goto(link)
    await tab.getByRole('heading', { name: 'Usage' }).waitFor()
    await tab.close()
    await page.bringToFront()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.getByRole('heading', { name: 'Usage' }).waitFor()
  })
})

test('the page is in no frame, runs scripts of ours only, and sends no Referer', async () => {
  const { headers } = await fetch(`${site.origin}/console/`)
  const policy = headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
    expect(policy.split('; ')).toContain(rule)
  expect(policy).not.toContain('unsafe')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
})

test('a region is offered where the service has it, and nothing is where it has one', async () => {
  const page = await site.page()
  // This service's bucket is in no jurisdiction.
  await page.goto(`${site.origin}/console/`)
  await page.getByLabel('E-mail address').waitFor()
  await page.waitForLoadState('networkidle')
  expect(await page.getByText('Where to keep your data').count()).toBe(0)
  await page.route('**/console/sign-in', (route) =>
    route.request().method() === 'GET'
      ? route.fulfill({ json: { regions: ['auto', 'eu', 'weur'] } })
      : route.fallback(),
  )
  await page.reload()
  await page.getByText('Where to keep your data').click()
  const choice = page.getByLabel('Region of a new account')
  expect(await choice.locator('option').allTextContents()).toEqual([
    'Wherever is nearest',
    'In the European Union',
  ])
  await choice.selectOption('eu')
  await page.getByLabel('E-mail address').fill(someone())
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByRole('alert').getByText('Region is eu').waitFor()
})

test('no path of the console leads to another site', async () => {
  const paths = [
    '/console',
    '/console//evil.example',
    '/console/..//evil.example',
    '//evil.example/console',
  ]
  for (const path of [
    ...paths,
    '/console/?next=https://evil.example',
    '/console/%2F%2Fevil.example',
  ]) {
    const response = await fetch(`${site.origin}${path}`, { redirect: 'manual' })
    const target = response.headers.get('location')
    if (target !== null)
      expect(new URL(target, `${site.origin}${path}`).origin, path).toBe(site.origin)
  }
  const page = await site.page()
  for (const hash of ['#//evil.example', '#/https://evil.example', '#/edits/../../evil']) {
    await page.goto(`${site.origin}/console/${hash}`)
    await page.getByLabel('E-mail address').waitFor()
    expect(new URL(page.url()).origin).toBe(site.origin)
  }
})

/** What an account with three months of edits answers, as `GET /v1/usage` has it. */
function usageOf(url: string) {
  const { searchParams } = new URL(url)
  const by = searchParams.get('by') ?? 'day'
  const counts = { captured: 2, released: 0, refunded: 0 }
  const line = (group: string, edits: number, cost: number): Record<string, unknown> => ({
    [by]: group,
    edits,
    cost,
    ...counts,
  })
  const days = Array.from({ length: 90 }, (_, i) => {
    const day = new Date(Date.now() - i * 24 * 3600_000).toISOString().slice(0, 10)
    return line(day, i % 9, 26_000 * ((i * 7) % 9))
  })
  const groups = [line('key1', 100, 5_200_000), line('key2', 10, 26_000)]
  const from = searchParams.get('from') ?? ''
  const usage = by === 'day' ? days.filter((one) => String(one[by]) >= from) : groups
  return { by, from, to: from, currency: 'USD', usage }
}

test('charts of three months show every day and group, and say the same in a table', async () => {
  const page = await site.page()
  await signIn(page, someone())
  await page.route('**/console/api/usage?*', (route) =>
    route.fulfill({ json: usageOf(route.request().url()) }),
  )
  await page.reload()
  await page.getByLabel('90', { exact: true }).check()
  const chart = page.getByRole('img', { name: /^Cost from/ })
  await chart.waitFor()
  expect(await chart.locator('rect').count()).toBe(90)
  // The tallest bar is eight times 2.6 cents, on every ninth day.
  expect(await chart.getAttribute('aria-label')).toMatch(/\$0\.208 · \d edits?$/)
  await page.getByText('As a table').click()
  // A day without cost is left out.
  await expect.poll(() => page.getByRole('rowheader', { name: /^\d{4}-/ }).count()).toBe(80)
  const shares = page.getByRole('row', { name: /^key/ })
  expect(await shares.allTextContents()).toEqual([
    expect.stringContaining('$5.20 · 100 edits'),
    expect.stringContaining('$0.026 · 10 edits'),
    expect.stringContaining('$5.20'),
    expect.stringContaining('$0.026'),
  ])
  expect(await seriousFindings(page)).toEqual([])
  await page.getByText('As a table').click()
  await picture(page, 'console-charts')
})

describe.each([
  ['on a desktop', {}, 'light'],
  ['on a desktop in the dark', {}, 'dark'],
  ['on a phone', PHONE, 'light'],
  ['on a phone in the dark', PHONE, 'dark'],
] as const)('%s', (name, device, colorScheme) => {
  test('every page can be used by everybody, and none is wider than the screen', async () => {
    const page = await site.page({ viewport: { width: 1280, height: 800 }, ...device, colorScheme })
    const file = name.replaceAll(' ', '-')
    await page.goto(`${site.origin}/console/`)
    await page.getByLabel('E-mail address').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await picture(page, `console-entrance-${file}`)
    await signIn(page, someone())
    for (const title of ['Usage', 'Keys', 'Edits', 'Webhooks', 'Billing', 'Settings']) {
      await turnTo(page, title)
      const form = page.getByRole('button', { name: /^New (key|endpoint)$/ })
      if ((await form.count()) > 0) await form.click()
      await expect.poll(() => page.getByText('Loading').count()).toBe(0)
      expect(await seriousFindings(page), title).toEqual([])
      const [inner, outer] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, innerWidth]',
      )
      expect(inner, title).toBeLessThanOrEqual(outer)
      await picture(page, `console-${title}-${file}`)
    }
  })
})

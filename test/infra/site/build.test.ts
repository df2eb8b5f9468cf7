/** What an edge serves for developers, and the HTTP collection, on edge and worker as processes. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import contract from '../../../openapi.json' with { type: 'json' }
import { errorTable } from '../../../shared/errors.ts'
import {
  type StripeServer,
  startStripe,
  stripeSettings,
} from '../../fixtures/servers/stripe/server.ts'
import { prepareStack, type TestStack } from '../../fixtures/servers/test-stack.ts'
import { readHttpFile, send } from './http-file.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Of a key that may send every request. */
const SCOPES = contract.components.schemas.NewKey.properties.scopes.items.enum

let opened: TestStack
let stripe: StripeServer
let key: string
beforeAll(async () => {
  stripe = await startStripe()
  opened = await prepareStack({
    // Random weights: what it finds is noise, but it is found.
    workerEnv: { SAM: path('../../fixtures/golden/sam') },
    edgeVars: { ...stripeSettings, STRIPE_URL: stripe.origin },
  })
  await opened.stack.start()
  const { account } = await opened.stack.openAccount('site', 'live', 10_000_000)
  const order = { mode: 'live', scopes: SCOPES }
  key = String((await opened.stack.admin(`/accounts/${account}/keys`, order)).key)
})
afterAll(async () => {
  await opened?.close()
  await stripe?.close()
})

const get = (name: string, headers: Record<string, string> = {}) =>
  fetch(new URL(name, opened.stack.origin), { headers })

describe('the type of a problem', () => {
  const rejected = async () => {
    const response = await get('/v1/edits/edit_none', { authorization: `Bearer ${key}` })
    return (await response.json()) as { type: string; code: string; title: string }
  }

  test('leads to a page that says what to do, without a script', async () => {
    const { type, code, title } = await rejected()
    expect(type).toBe(`${opened.stack.origin}/errors/${code}`)
    const page = await get(type)
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src/)
    const html = await page.text()
    expect(html).toContain(title)
    expect(html).toMatch(/What to do\.<\/strong> \w/)
    expect(html).not.toContain('<script')
  })

  test('is Markdown with .md behind it', async () => {
    const page = await get(`${(await rejected()).type}.md`)
    expect(page.headers.get('content-type')).toMatch(/^text\/markdown/)
    expect(await page.text()).toMatch(/^# `not_found`\n/)
  })

  test('is a page for every code, and for no other', async () => {
    const statuses = await Promise.all(
      Object.keys(errorTable).map(async (code) => (await get(`/errors/${code}`)).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect((await get('/errors/no_such_code')).status).toBe(404)
  })
})

test('llms.txt leads to pages that are served, and their links do, too', async () => {
  const seen = new Map<string, number>()
  const visit = async (from: string) => {
    if (seen.has(from)) return
    const response = await get(from)
    seen.set(from, response.status)
    if (!/\.(md|txt)$/.test(from)) return response.body?.cancel()
    const text = await response.text()
    for (const [, target = ''] of text.matchAll(/\]\((\/[^)#\s]+)/g)) await visit(target)
  }
  await visit('/llms.txt')
  expect([...seen].filter(([, status]) => status !== 200)).toEqual([])
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['/openapi.json', '/contextdrag.http', '/docs/api.md', '/errors/gone']),
  )
})

test('documents are served as HTML, with their headings and the links between them', async () => {
  const html = await (await get('/docs/api')).text()
  expect(html).toContain('<h2 id="errors">')
  const targets = [...html.matchAll(/href="(\/docs\/[^"#]+)(?:#[^"]*)?"/g)].map(([, one]) => one)
  expect(targets).toContain('/docs/method')
  const statuses = await Promise.all(
    [...new Set(targets)].map(async (one) => (await get(one ?? '')).status),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
  // The reference is a page of its own.
  expect(await (await get('/docs')).text()).toContain('swagger-ui')
})

describe('the HTTP collection', () => {
  const file = readHttpFile(path('../../../docs/contextdrag.http'))

  test('has every route of the contract once, forms of a body aside, and no other', () => {
    const routes = file.requests.map(({ method, url }) => {
      const variables = { edit: 'id', keyId: 'id', clientToken: 'id', webhook: 'id', payment: 'id' }
      const named = url.replace(/\{\{(\w+)\}\}/g, (_, name: string) =>
        name === 'origin' ? '' : `{${variables[name as 'edit'] ?? name}}`,
      )
      return `${method} ${named.split('?')[0]}`
    })
    const declared = Object.entries(contract.paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
    )
    expect([...new Set(routes)].sort()).toEqual(declared.sort())
  })

  test('its requests succeed in their order, with the ids that they return', async () => {
    const { stack } = opened
    const values: Record<string, string> = { ...file.variables, origin: stack.origin, key }
    /** Which variable the id of a response goes into. */
    const ids: Record<string, string> = {
      createUpload: 'upload',
      createEdit: 'edit',
      createEditOfFile: 'edit',
      createKey: 'keyId',
      createClientToken: 'clientToken',
      createWebhook: 'webhook',
      createCheckout: 'payment',
    }
    const statuses: Record<string, number> = {}
    const run = async (name: string) => {
      const request = file.requests.find((one) => one.name === name)
      if (request === undefined) throw new Error(`no request ${name}`)
      const response = await send(file, request, values)
      statuses[name] = response.status
      const text = await response.text()
      expect(response.ok, `${name}: ${response.status} ${text}`).toBe(true)
      return /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text
    }
    for (const { name } of file.requests) {
      if (name === 'cancel') {
        // One that is not over: nobody works on it.
        await stack.stopWorker('SIGTERM')
        values.edit = (await run('createEditOfFile')).id
      }
      if (name === 'redeliver') await expect.poll(firstDelivery, { timeout: 60_000 }).not.toBe('')
      if (name === 'redeliver') values.message = await firstDelivery()
      const answer = await run(name)
      const variable = ids[name]
      if (variable !== undefined) values[variable] = answer.id
      if (name === 'createUpload') {
        const photo = readFileSync(path('../../../samples/balloon/photo.jpg'))
        const { url, method, headers } = answer
        expect((await fetch(url, { method, headers, body: new Uint8Array(photo) })).ok).toBe(true)
      }
      if (name === 'createCheckout') {
        const body = new URLSearchParams({ number: '4242 4242 4242 4242' })
        await fetch(answer.url, { method: 'POST', body, redirect: 'manual' })
        await stripe.deliver(`${stack.origin}/stripe/events`)
      }
      if (name === 'getEdit') expect(answer.status).toBe('succeeded')
    }
    expect(Object.keys(statuses).sort()).toEqual(file.requests.map(({ name }) => name).sort())

    async function firstDelivery(): Promise<string> {
      return (await run('deliveries')).deliveries[0]?.message ?? ''
    }
  })
})

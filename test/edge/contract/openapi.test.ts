import { expect, test } from 'vitest'
import { app } from '../../../edge/app.ts'
import { openApiDocument } from '../../../edge/contract/document.ts'
import written from '../../../openapi.json' with { type: 'json' }
import { call } from '../app.ts'

test('openapi.json matches the schemas; if this fails, run `npm run openapi`', () => {
  expect(JSON.parse(JSON.stringify(openApiDocument(app, written.info.version)))).toEqual(written)
})

test('it is served with PUBLIC_ORIGIN, and /docs shows it under a strict content security policy', async () => {
  const served = (await (await call('/openapi.json')).json()) as typeof written
  expect(served).toEqual({ ...written, servers: [{ url: 'https://api.example.com' }] })
  const page = await call('/docs')
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self';/,
  )
  const html = await page.text()
  expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)).toEqual([
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
    '/docs/start.js',
  ])
})

test('what may be absent from a response is not required', () => {
  expect(written.components.schemas.Warning.required).toEqual(['code', 'message'])
  expect(written.components.schemas.EditOptions.required).toEqual([
    ...['profile', 'maskKind', 'scope', 'power', 'seed', 'output'],
  ])
})

import { expect, test } from 'vitest'
import { app } from '../../../edge/app.ts'
import { openApiDocument } from '../../../edge/contract/document.ts'
import written from '../../../openapi.json' with { type: 'json' }
import { call } from '../app.ts'

test('openapi.json is what the schemas say: if not, run `npm run openapi`', () => {
  expect(JSON.parse(JSON.stringify(openApiDocument(app, written.info.version)))).toEqual(written)
})

test('it is served with our own origin, and a page shows it under a strict policy', async () => {
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

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

test('requests that only a schema can reject are rejected by it', () => {
  const { parameters } = written.paths['/v1/edits'].get
  const [limit] = parameters
  expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100 })
  const [, , cancelAfter] = written.paths['/v1/edits'].post.parameters
  const { pattern = '' } = (cancelAfter as { schema: { pattern?: string } }).schema
  for (const right of ['', '90s', '5m', '1h', '60']) expect(right).toMatch(new RegExp(pattern))
  for (const wrong of ['soon', '0s', '1d', '1234567s'])
    expect(wrong).not.toMatch(new RegExp(pattern))
  const { lowBalance } = written.components.schemas.ConfigureAccount.properties
  expect(lowBalance).toMatchObject({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
})

test('every response that makes something links to the calls about it, and the links lead somewhere', () => {
  type Link = { operationRef: string; parameters?: object; requestBody?: object }
  type Operation = { responses: Record<string, { links?: Record<string, Link> }> }
  const paths = written.paths as unknown as Record<string, Record<string, Operation>>
  const linked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.values(responses).flatMap(({ links = {} }) =>
        Object.values(links).map((link) => ({ from: `${method} ${path}`, link })),
      ),
    ),
  )
  for (const { link } of linked) {
    const [, , path = '', method = ''] = link.operationRef.split('/')
    const target = paths[path.replaceAll('~1', '/')]?.[method]
    expect(target, link.operationRef).toBeDefined()
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(Object.keys(link.parameters ?? {})).toEqual(inPath)
  }
  const targetsOf = (from: string) =>
    linked.filter((one) => one.from === from).map(({ link }) => link.operationRef)
  expect(targetsOf('post /v1/edits')).toHaveLength(6)
  expect(targetsOf('get /v1/edits/{id}')).toHaveLength(5)
  for (const made of ['uploads', 'keys', 'client-tokens', 'webhooks'])
    expect(targetsOf(`post /v1/${made}`).length).toBeGreaterThan(0)
})

/** The OpenAPI document, and the API reference: Swagger UI, served by this Worker. */

import { Hono } from 'hono'
import contract from '../../openapi.json' with { type: 'json' }
import type { App } from '../http/context.ts'

export const docs = new Hono<App>()

docs.get('/openapi.json', (c) =>
  c.json({ ...contract, servers: [{ url: c.get('settings').PUBLIC_ORIGIN }] }),
)

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets styles on its elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ContextDrag: API reference</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
`

docs.get('/docs', (c) =>
  c.html(PAGE, 200, { 'content-security-policy': CSP, 'x-content-type-options': 'nosniff' }),
)

docs.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript' }))

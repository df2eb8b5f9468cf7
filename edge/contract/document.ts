/**
 * The contract as OpenAPI 3.1, made from the declarations of the routes that an app mounts. Runs
 * while developing (`npm run openapi`); the Worker serves the file that it wrote.
 */

import { OpenAPIHono } from '@hono/zod-openapi'
import type { Hono } from 'hono'
import type { App } from '../http/context.ts'
import { declarations } from '../http/endpoint.ts'
import { WebhookMessage } from '../outbound/webhook-message.ts'
import { ProblemAnswer } from './answers.ts'

type Route = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0]

const rejection = {
  description: 'An error: a problem object (RFC 9457) with one of the listed codes',
  content: { 'application/problem+json': { schema: ProblemAnswer } },
}

/** The document; the Worker fills in its own origin. */
export function openApiDocument(app: Hono<App>, version: string) {
  const contract = new OpenAPIHono()
  const { openAPIRegistry: registry } = contract
  registry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
  // A copy: what was made before the generator was loaded cannot be registered.
  registry.register('WebhookMessage', WebhookMessage.meta({ id: 'WebhookMessage' }))
  for (const { method, path, handler } of app.routes) {
    const declaration = declarations.get(handler)
    // The console is for our own pages.
    if (declaration === undefined || path.startsWith('/console/')) continue
    const { summary, request, responses } = declaration
    const [, version, subject = ''] = path.split('/')
    const route = {
      method: method.toLowerCase() as Route['method'],
      path: path.replaceAll(/:(\w+)/g, '{$1}'),
      ...(summary !== undefined && { summary }),
      ...(request !== undefined && { request }),
    }
    // Routes outside /v1 need no key.
    registry.registerPath(
      version === 'v1'
        ? {
            ...route,
            security: [{ key: [] }],
            tags: [subject],
            responses: { ...responses, default: rejection },
          }
        : { ...route, responses },
    )
  }
  return contract.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'ContextDrag',
      version,
      description:
        'Drag things in a photo. Within /v1, fields are only added. A field or route that will be removed is announced by a Deprecation header in its responses for at least six months.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: 'https://api.example' }],
  })
}

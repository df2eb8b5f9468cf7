/** `/healthz`: whether the edge is up. */

import { Hono } from 'hono'
import { z } from 'zod'
import type { App } from '../http/context.ts'
import { endpoint, json } from '../http/endpoint.ts'

export const health = new Hono<App>()

health.get(
  '/healthz',
  endpoint(
    {
      summary: 'Check the edge and its configuration',
      responses: {
        200: json(
          'The edge is up and its configuration is valid',
          z.object({ status: z.literal('ok') }),
        ),
      },
    },
    async (c) => c.json({ status: 'ok' } as const, 200),
  ),
)

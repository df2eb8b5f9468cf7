/** `GET /v1/models`: what the caller may name as the `model` of an edit. */

import { Hono } from 'hono'
import { z } from 'zod'
import { isBackbone, models as known } from '../../shared/models.ts'
import { model } from '../contract/parts.ts'
import { requireKey } from '../http/auth.ts'
import type { App } from '../http/context.ts'
import { endpoint, json } from '../http/endpoint.ts'
import { pricingOf, servedModels } from '../http/services.ts'
import { defaultFor, offeredTo } from '../use-cases/edits/offered.ts'

const ModelsAnswer = z
  .object({
    models: z.array(
      z.object({
        name: model,
        title: z.string(),
        default: z
          .boolean()
          .meta({ description: 'Whether an edit gets this model if its request has none' }),
        steps: z
          .object({ default: z.number().int(), max: z.number().int() })
          .nullable()
          .meta({ description: 'Denoising steps; null if the model has none' }),
        licence: z
          .object({ name: z.string(), url: z.url() })
          .nullable()
          .meta({ description: 'Licence of the weights; null if the model has none' }),
      }),
    ),
  })
  .meta({ id: 'Models' })

const declaration = {
  summary: 'List the models that this key or client token may use',
  responses: { 200: json('The models, best first', ModelsAnswer) },
} as const

export const models = new Hono<App>()

models.get(
  '/',
  requireKey('edits:write'),
  endpoint(declaration, async (c) => {
    const caller = c.get('caller')
    const offer = { served: servedModels(c), prices: pricingOf(c).list }
    const standard = defaultFor(caller, offer)
    const answer = offeredTo(caller, offer).map((name) => {
      const { title, weights } = known[name]
      const { maxSteps } = caller
      const steps = isBackbone(name) ? known[name].steps : null
      return {
        name,
        title,
        default: name === standard,
        steps: steps && { ...steps, max: Math.min(steps.max, maxSteps ?? steps.max) },
        licence: weights && { name: weights.licence, url: weights.licenceUrl },
      }
    })
    return c.json({ models: answer }, 200)
  }),
)

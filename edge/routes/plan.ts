/**
 * `POST /v1/plan`: which tokens would move where, and the price. Needs no photo, stores nothing. For
 * `instant`, the tokens are those of `embedded`: the edit itself moves single pixels.
 */

import { Hono } from 'hono'
import { z } from 'zod'
import { CreatePlan } from '../../shared/edit/bodies.ts'
import { WarningSchema } from '../../shared/edit/record.ts'
import { area, grid, price, size } from '../contract/parts.ts'
import { countPlan, requireKey } from '../http/auth.ts'
import { maskBytes } from '../http/bodies/image-fields.ts'
import type { App } from '../http/context.ts'
import { endpoint, json, jsonBody } from '../http/endpoint.ts'
import { pricingOf, servedModels } from '../http/services.ts'
import { budgetsOf } from '../memory/budgets.ts'
import { planEdit } from '../use-cases/edits/plan-edit.ts'

const indices = z.array(z.number().int())

const PlanAnswer = z
  .object({
    area: area.optional(),
    workingSize: size,
    grid,
    sourceMask: indices,
    targets: indices,
    sources: indices,
    view: z.object({ tokens: indices, positions: indices }),
    editRegion: indices,
    warnings: z.array(WarningSchema),
    price,
  })
  .meta({ id: 'Plan' })

const declaration = {
  summary: 'Get the plan and the price of an edit without running it; limited per key',
  request: { body: jsonBody(CreatePlan) },
  responses: {
    200: json(
      'The plan, in flat token indices. For instant on the grid of embedded, and only to be shown: the edit itself moves single pixels',
      PlanAnswer,
    ),
  },
} as const

export const plan = new Hono<App>()

plan.post(
  '/',
  requireKey('edits:write'),
  countPlan,
  endpoint(declaration, async (c, { body, files }) => {
    const services = {
      pricing: pricingOf(c),
      served: servedModels(c),
      budgets: budgetsOf(c.get('settings')),
    }
    const mask = maskBytes(files.mask ?? body.mask)
    const affects = maskBytes(files.affects ?? body.affects, 'affects')
    const planned = await planEdit(body, { mask, affects }, c.get('caller'), services)
    const { grid, sourceMask, targets, sources, view, editRegion } = planned.plan
    return c.json(
      {
        ...(planned.area !== undefined && { area: planned.area }),
        workingSize: planned.workingSize,
        grid,
        sourceMask,
        targets,
        sources,
        view,
        editRegion,
        warnings: planned.warnings,
        price: { ...planned.price, currency: c.get('settings').CURRENCY },
      },
      200,
    )
  }),
)

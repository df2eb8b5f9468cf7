/** `POST /v1/plan`: which tokens would move where. Needs no photo, stores nothing. */

import { Hono } from 'hono'
import { CreatePlan, parseRequest } from '../../shared/edit.ts'
import { checkImageSize } from '../../shared/image-header.ts'
import { planRequest } from '../../shared/plan-request.ts'
import { requireKey } from '../auth.ts'
import { maskBytes, readJson } from '../bodies.ts'
import type { App } from '../env.ts'

export const plan = new Hono<App>().use(requireKey)

plan.post('/', async (c) => {
  const request = parseRequest(CreatePlan, await readJson(c))
  checkImageSize(request.image)
  const planned = await planRequest(request.image, request, maskBytes(request.mask))
  const { grid, sourceMask, targets, sources, view, editRegion } = planned.plan
  return c.json({
    workingSize: planned.workingSize,
    grid,
    sourceMask,
    targets,
    sources,
    view,
    editRegion,
  })
})

/**
 * `POST /v1/plan`: which tokens would move where, and what the edit would cost. Needs no photo,
 * stores nothing.
 */

import { Hono } from 'hono'
import { backbones } from '../../shared/backbones.ts'
import { CreatePlan } from '../../shared/edit/bodies.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { planRequest } from '../../shared/edit/work.ts'
import { checkImageSize } from '../../shared/files/image-header.ts'
import type { App } from '../http/app.ts'
import { requireKey } from '../http/auth.ts'
import { maskBytes, readJson } from '../http/bodies.ts'
import { editPrice } from './edits/create.ts'

export const plan = new Hono<App>().use(requireKey('edits:write'))

plan.post('/', async (c) => {
  const request = parseRequest(CreatePlan, await readJson(c))
  checkImageSize(request.image)
  const { workingSize, plan } = await planRequest(request.image, request, maskBytes(request.mask))
  const settings = c.get('settings')
  const sampler = {
    steps: request.steps ?? backbones[request.model].steps.default,
    trueGuidance: request.trueGuidance,
  }
  const { mode } = c.get('caller').credential
  const price = editPrice(settings, mode, request.model, sampler, workingSize)
  const { grid, sourceMask, targets, sources, view, editRegion } = plan
  return c.json({
    workingSize,
    grid,
    sourceMask,
    targets,
    sources,
    view,
    editRegion,
    price: { ...price, currency: settings.CURRENCY },
  })
})

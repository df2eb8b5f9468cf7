/** `POST /v1/masks`: the outline of a thing in a stored photo. Free, and limited in number. */

import { type Context, Hono } from 'hono'
import { EditError } from '../../shared/errors.ts'
import { CreateMask, MAX_ROUGH_MASK_LENGTH, MaskAnswer } from '../../shared/mask-request.ts'
import { hostOf } from '../dispatch/hosts.ts'
import { requireKey } from '../http/auth.ts'
import { maskBytes } from '../http/bodies/image-fields.ts'
import type { App } from '../http/context.ts'
import { endpoint, json, jsonBody } from '../http/endpoint.ts'
import { providersOf } from '../http/services.ts'
import { tenantOf } from '../http/tenant.ts'
import { budgetsOf } from '../memory/budgets.ts'
import { providerObject } from '../objects/names.ts'
import { blobUrls } from '../storage/blob-urls.ts'
import { findMask, type MaskProvider, type MaskServices } from '../use-cases/photos/find-mask.ts'

const declaration = {
  summary: 'Find the mask of a thing in an uploaded photo; free; needs a worker with SAM',
  request: { body: jsonBody(CreateMask) },
  responses: { 200: json('The mask, at the photo’s size', MaskAnswer) },
} as const

export const masks = new Hono<App>()

masks.post(
  '/',
  requireKey('edits:write'),
  endpoint(declaration, async (c, { body, files }) => {
    const { image, points, box, mask, candidates } = body
    // The schema sees only its head.
    const length = files.mask?.length ?? 0
    if (length > MAX_ROUGH_MASK_LENGTH)
      throw new EditError(
        'invalid_option',
        `mask has ${length} characters; the limit is ${MAX_ROUGH_MASK_LENGTH}`,
        { pointer: '/mask' },
      )
    const rough = maskBytes(files.mask ?? mask)
    const request = { id: c.get('requestId'), image, points, box, candidates, rough }
    return c.json(await findMask(tenantOf(c), request, maskServices(c)), 200)
  }),
)

function maskServices(c: Context<App>): MaskServices {
  const settings = c.get('settings')
  const { BUCKET, MASKS } = c.env
  return {
    providers: maskProviders(c),
    bucket: BUCKET,
    blobs: blobUrls(settings),
    budgets: budgetsOf(settings),
    outlive: (work) => c.executionCtx.waitUntil(work),
    allow: async (key) => MASKS === undefined || (await MASKS.limit({ key })).success,
    clock: Date.now,
  }
}

function maskProviders(c: Context<App>): MaskProvider[] {
  const settings = c.get('settings')
  const asked = new Set<string>()
  return providersOf(c).flatMap((config) => {
    const { name, url } = config
    // A worker has a queue for each kind of engine; masks take slots of the first.
    if (config.kind === 'http' && asked.has(url)) return []
    asked.add(url)
    const { findMask } = hostOf(config, settings, c.env)
    return findMask === null ? [] : [{ name, findMask, slots: providerObject(c.env, name) }]
  })
}

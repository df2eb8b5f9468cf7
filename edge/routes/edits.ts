/** Edits: create, look at, fetch the result. */

import { Hono } from 'hono'
import { EditSettings, parseRequest, randomSeed, resolveSettings } from '../../shared/edit.ts'
import { EditError } from '../../shared/errors.ts'
import { planSizes } from '../../shared/geometry/plan.ts'
import { contentTypes, readImageHeader } from '../../shared/image-header.ts'
import { planRequest } from '../../shared/plan-request.ts'
import { requireKey } from '../auth.ts'
import { imageBytes, readEditBody } from '../bodies.ts'
import type { App } from '../env.ts'
import { type AcceptedEdit, type EditRow, isOpen } from '../objects/edit-state.ts'
import { inputKey } from '../storage.ts'

/** Until there are accounts, everything belongs to this one. */
export const ACCOUNT = 'dev'

export const edits = new Hono<App>().use(requireKey)

edits.post('/', async (c) => {
  const body = await readEditBody(c)
  const settings = parseRequest(EditSettings, body.fields)
  if (!c.get('settings').MODELS.includes(settings.model))
    throw new EditError('model_unavailable', `no worker serves ${settings.model} yet`, {
      pointer: '/model',
      retryAfter: 3600,
    })
  // A photo is fetched only for a request that is otherwise in order.
  const photo = await imageBytes(body.image, c)
  const header = readImageHeader(photo)
  const image = { width: header.width, height: header.height }
  const { workingSize, plan } = await planRequest(image, settings, body.mask)
  const { model, sampler } = resolveSettings(settings, randomSeed)

  const key = inputKey(ACCOUNT)
  await c.env.BUCKET.put(key, photo, { httpMetadata: { contentType: contentTypes[header.format] } })
  const id = newEditId()
  const accepted: AcceptedEdit = {
    account: ACCOUNT,
    id,
    model,
    image: { ...image, key },
    workingSize,
    plan,
    sampler,
  }
  const row = await editObject(c.env, id)
    .create(accepted)
    .catch(async (cause: unknown) => {
      // Nobody would ever look for this photo again.
      await c.env.BUCKET.delete(key)
      throw cause
    })
  return c.json(editView(row, c.get('settings').PUBLIC_ORIGIN), 202, {
    location: `/v1/edits/${id}`,
  })
})

edits.get('/:id', async (c) => {
  const row = await readEdit(c.env, c.req.param('id'))
  return c.json(editView(row, c.get('settings').PUBLIC_ORIGIN))
})

edits.get('/:id/result', async (c) => {
  const { id } = c.req.param()
  const { status, result } = await readEdit(c.env, id)
  if (result === null) {
    const open = isOpen(status)
    throw new EditError(
      'not_found',
      `edit ${id} has no result, its status is ${status}`,
      open ? { retryAfter: 1 } : {},
    )
  }
  const object = await c.env.BUCKET.get(result.key)
  if (object === null)
    throw new EditError('not_found', `the result of edit ${id} is no longer kept`)
  const headers = new Headers({
    etag: object.httpEtag,
    'content-length': String(object.size),
    'cache-control': 'private, max-age=3600',
  })
  object.writeHttpMetadata(headers)
  return new Response(object.body, { headers })
})

/**
 * The object of an edit; its name holds the account, so that another tenant's id addresses nothing.
 */
export function editObject(env: App['Bindings'], id: string) {
  return env.EDITS.getByName(`${ACCOUNT}/${id}`)
}

function newEditId(): string {
  return `edit_${crypto.randomUUID().replaceAll('-', '')}`
}

async function readEdit(env: App['Bindings'], id: string): Promise<EditRow> {
  // A malformed id wakes no object.
  const row = /^edit_[0-9a-f]{32}$/.test(id) ? await editObject(env, id).read() : null
  if (row === null) throw new EditError('not_found', `there is no edit ${id}`)
  return row
}

/** An edit as its owner sees it. */
function editView(row: EditRow, publicOrigin: string) {
  const { accepted, result } = row
  const self = `${publicOrigin}/v1/edits/${accepted.id}`
  return {
    id: accepted.id,
    status: row.status,
    model: accepted.model,
    seed: accepted.sampler.seed,
    progress: { step: row.step, steps: accepted.sampler.steps },
    image: { width: accepted.image.width, height: accepted.image.height },
    workingSize: accepted.workingSize,
    plan: planSizes(accepted.plan),
    urls: { self, result: `${self}/result` },
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
    ...(result !== null && {
      result: { width: result.width, height: result.height, bytes: result.bytes },
    }),
    ...(row.timings !== null && { timings: row.timings }),
    ...(row.problem !== null && { error: row.problem }),
  }
}

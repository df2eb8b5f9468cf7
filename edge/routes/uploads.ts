/** `POST /v1/uploads`: a signed URL to send a photo to, for photos that no request body takes. */

import { Hono } from 'hono'
import { z } from 'zod'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import type { App } from '../http/app.ts'
import { requireKey } from '../http/auth.ts'
import { readJson } from '../http/bodies.ts'
import { accountOf, createOnce } from '../http/idempotent.ts'
import { UPLOAD_MS } from '../objects/account/uploads.ts'
import { randomHex } from '../secrets.ts'
import { blobUrls, inputKey } from '../storage/blob-urls.ts'

export const CreateUpload = z
  .strictObject({
    contentType: z.enum(['image/png', 'image/jpeg', 'image/webp']),
    bytes: z.number().int().min(1).max(MAX_IMAGE_BYTES).meta({
      description: 'Exactly as many as will be sent.',
    }),
  })
  .meta({ id: 'CreateUpload' })

export const uploads = new Hono<App>().use(requireKey('edits:write'))

uploads.post('/', async (c) => {
  const fields = parseRequest(CreateUpload, await readJson(c))
  const { client, credential } = c.get('caller')
  const id = `upl_${randomHex(16)}`
  const expiresAt = Date.now() + UPLOAD_MS
  const key = uploadKey(credential.account, id)
  const answer = {
    id,
    method: 'PUT',
    url: await blobUrls(c.get('settings')).put(key, fields, expiresAt, 'public'),
    headers: { 'content-type': fields.contentType },
    expiresAt: new Date(expiresAt).toISOString(),
  }
  const upload = { id, client, ...fields, expiresAt }
  return createOnce(
    c,
    fields,
    async (once, response) => accountOf(c).uploads().create(once, response, upload),
    answer,
  )
})

/** Where an upload lies: in the account's own folder, whatever its id says. */
export function uploadKey(account: string, id: string): string {
  return inputKey(account, id)
}

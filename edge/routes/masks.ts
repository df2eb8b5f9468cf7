/**
 * `POST /v1/masks`: the outline of a thing in a photo that lies with us, found by a worker that has a
 * segmenter. Free, and limited in number; stores nothing.
 */

import { Hono } from 'hono'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import { CreateMask } from '../../shared/mask-request.ts'
import { HttpHost } from '../dispatch/http.ts'
import type { App } from '../http/app.ts'
import { requireKey } from '../http/auth.ts'
import { maskBytes, readJson } from '../http/bodies.ts'
import { blobUrls } from '../storage/blob-urls.ts'
import { keyOfStored } from './edits/photo.ts'

const URL_MS = 60_000

export const masks = new Hono<App>().use(requireKey('edits:write'))

masks.post('/', async (c) => {
  const { image, points, box, mask } = parseRequest(CreateMask, await readJson(c))
  const rough = maskBytes(mask)
  // Judged here, where a bomb is judged anyway; the worker decodes it again.
  if (rough !== null) await decodePngMask(rough)
  const settings = c.get('settings')
  const provider = settings.PROVIDERS.find((one) => one.kind === 'http' && one.masks)
  if (provider === undefined || provider.kind !== 'http')
    throw new EditError('model_unavailable', 'no worker here finds masks', { retryAfter: 3600 })
  if (c.env.MASKS !== undefined) {
    const { success } = await c.env.MASKS.limit({ key: c.get('caller').credential.id })
    if (!success)
      throw new EditError('rate_limited', 'too many masks with this key', { retryAfter: 10 })
  }
  const key = await keyOfStored(image, c)
  if ((await c.env.BUCKET.head(key)) === null)
    throw new EditError('image_missing', 'nothing has been uploaded yet, or it is no longer kept', {
      pointer: '/image',
    })
  const job = {
    image: await blobUrls(settings).get(key, Date.now() + URL_MS, 'worker'),
    points,
    box: box ?? null,
    mask: rough === null ? null : base64(rough),
  }
  const host = new HttpHost(provider, settings, c.env)
  return c.json(await host.findMask(c.get('requestId'), job))
})

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

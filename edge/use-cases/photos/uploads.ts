/** Uploads: a signed URL for a photo that is too large for a request body. */

import { randomHex } from '../../secrets.ts'
import { UPLOAD_URL_MS } from '../../settings/retention.ts'
import { type BlobUrls, uploadKey } from '../../storage/blob-urls.ts'
import { type Created, type Creation, createOnce } from '../idempotency.ts'

/** The file that will be sent: exactly this type and length. */
export type UploadFile = {
  readonly contentType: 'image/png' | 'image/jpeg' | 'image/webp'
  readonly bytes: number
}

/** Where and how to send it. */
export type UploadTarget = {
  readonly id: string
  readonly method: 'PUT'
  readonly url: string
  readonly headers: Record<string, string>
  readonly expiresAt: string
}

/** Announces an upload. */
export async function announceUpload(
  creation: Creation,
  file: UploadFile,
  blobs: BlobUrls,
): Promise<Created<UploadTarget>> {
  const { caller, account } = creation
  const { client, credential } = caller
  const id = `upl_${randomHex(16)}`
  const expiresAt = Date.now() + UPLOAD_URL_MS
  const target: UploadTarget = {
    id,
    method: 'PUT',
    url: await blobs.put(uploadKey(credential.account, id), file, expiresAt, 'public'),
    headers: { 'content-type': file.contentType },
    expiresAt: new Date(expiresAt).toISOString(),
  }
  const upload = { id, client, ...file, expiresAt }
  return createOnce(
    creation,
    file,
    async (once, response) => account.uploads().create(once, response, upload),
    target,
  )
}

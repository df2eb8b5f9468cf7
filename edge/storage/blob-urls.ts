/**
 * Signed URLs to objects in the bucket: one contract, two drivers. `worker` leads to `/blobs` on
 * this Worker, for where the bucket has no S3 door; `s3` leads to the bucket itself.
 */

import { AwsClient } from 'aws4fetch'
import { EditError } from '../../shared/errors.ts'
import { hmac, sameSecret } from '../secrets.ts'
import type { Settings } from '../settings/settings.ts'

/** Who will use a URL: they may know us under different origins. */
export type Audience = 'public' | 'worker'

/** What a PUT may carry: one type, and exactly or at most so many bytes. */
export type PutLimits = { readonly contentType: string } & (
  | { readonly bytes: number }
  | { readonly maxBytes: number }
)

/** URLs that allow one method on one key until they expire (epoch ms). */
export type BlobUrls = {
  get(key: string, expires: number, audience: Audience): Promise<string>
  put(key: string, limits: PutLimits, expires: number, audience: Audience): Promise<string>
}

/** Key of a photo as it came in. */
export function inputKey(account: string, id = crypto.randomUUID()): string {
  return `acct/${account}/in/${id}`
}

/** Key of a page of an account's old edits. Not in the account's folder, which the bucket empties. */
export function archiveKey(account: string, page: number): string {
  return `archive/${account}/${page}.json`
}

/** Key of an upload: in the account's own folder, whatever its id says. */
export function uploadKey(account: string, id: string): string {
  return inputKey(account, id)
}

/** Folder of an edit's results. */
export function resultFolder(account: string, edit: string): string {
  return `acct/${account}/out/${edit}/`
}

/** Key of an attempt's result: a late attempt can never overwrite another's. */
export function resultKey(
  account: string,
  edit: string,
  attempt: number,
  extension: string,
): string {
  return `${resultFolder(account, edit)}${attempt}.${extension}`
}

/** The driver that the settings name. */
export function blobUrls(settings: Settings): BlobUrls {
  return settings.BLOBS === 's3' ? s3Urls(settings) : workerUrls(settings)
}

/** What a URL below `/blobs` allows. */
export type BlobGrant = { readonly key: string; readonly expires: number } & (
  | { readonly method: 'GET' }
  | ({ readonly method: 'PUT' } & PutLimits)
)

function workerUrls(settings: Settings): BlobUrls {
  const { BLOB_SECRET, PUBLIC_ORIGIN, CALLBACK_ORIGIN } = settings
  const origins = { public: PUBLIC_ORIGIN, worker: CALLBACK_ORIGIN }
  const sign = async (grant: BlobGrant, audience: Audience): Promise<string> => {
    const url = new URL(`${origins[audience]}/blobs/${grant.key}`)
    url.searchParams.set('expires', String(grant.expires))
    if (grant.method === 'PUT') {
      url.searchParams.set('type', grant.contentType)
      if ('bytes' in grant) url.searchParams.set('bytes', String(grant.bytes))
      else url.searchParams.set('max', String(grant.maxBytes))
    }
    url.searchParams.set('signature', await hmac(BLOB_SECRET, signedText(grant)))
    return url.href
  }
  return {
    get: (key, expires, audience) => sign({ method: 'GET', key, expires }, audience),
    put: (key, limits, expires, audience) =>
      sign({ method: 'PUT', key, expires, ...limits }, audience),
  }
}

/**
 * Presigned S3 URLs (R2, or any other store). Type and length are signed headers: a mismatched type
 * or length is rejected by the store. A result's length is not known beforehand; the stored file is
 * checked before it counts.
 */
function s3Urls(settings: Settings): BlobUrls {
  const client = new AwsClient({
    accessKeyId: settings.S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY ?? '',
    service: 's3',
    region: settings.S3_REGION,
  })
  const sign = async (
    method: string,
    key: string,
    expires: number,
    headers: Record<string, string>,
  ): Promise<string> => {
    const url = new URL(`${settings.S3_ENDPOINT}/${settings.S3_BUCKET}/${key}`)
    const seconds = Math.min(7 * 86_400, Math.max(1, Math.ceil((expires - Date.now()) / 1000)))
    url.searchParams.set('X-Amz-Expires', String(seconds))
    const signed = await client.sign(url.href, {
      method,
      headers,
      aws: { signQuery: true, allHeaders: true },
    })
    return signed.url
  }
  return {
    get: (key, expires) => sign('GET', key, expires, {}),
    put: (key, limits, expires) =>
      sign('PUT', key, expires, {
        'content-type': limits.contentType,
        ...('bytes' in limits && { 'content-length': String(limits.bytes) }),
      }),
  }
}

function signedText(grant: BlobGrant): string {
  const parts: unknown[] = [grant.method, grant.key, grant.expires]
  if (grant.method === 'PUT')
    parts.push(
      grant.contentType,
      ...('bytes' in grant ? ['=', grant.bytes] : ['<', grant.maxBytes]),
    )
  return JSON.stringify(parts)
}

/**
 * The grant of a request to `/blobs/{key}`.
 *
 * @throws EditError `forbidden` if the signature does not fit or the time is over
 */
export async function checkBlobUrl(
  method: 'GET' | 'PUT',
  url: URL,
  key: string,
  secret: string,
): Promise<BlobGrant> {
  const query = url.searchParams
  const expires = Number(query.get('expires'))
  const contentType = query.get('type') ?? ''
  const limits: PutLimits = query.has('bytes')
    ? { contentType, bytes: Number(query.get('bytes')) }
    : { contentType, maxBytes: Number(query.get('max')) }
  const grant: BlobGrant =
    method === 'GET' ? { method, key, expires } : { method, key, expires, ...limits }
  const signature = query.get('signature') ?? ''
  if (!(await sameSecret(signature, await hmac(secret, signedText(grant)))))
    throw new EditError('forbidden', 'the signature does not match this method, key and expiry')
  if (!(expires > Date.now()))
    throw new EditError('forbidden', `the URL expired at ${new Date(expires).toISOString()}`)
  return grant
}

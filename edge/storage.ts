/**
 * Signed URLs to objects in the bucket, served by this Worker: the way in and out where the bucket
 * has no S3 door.
 */

import { EditError } from '../shared/errors.ts'
import { hmac, sameSecret } from './secrets.ts'

/**
 * What a URL allows: one method on one key until it expires; a PUT also says which type, and how
 * much at most.
 */
export type BlobGrant =
  | { readonly method: 'GET'; readonly key: string; readonly expires: number }
  | {
      readonly method: 'PUT'
      readonly key: string
      readonly expires: number
      readonly contentType: string
      readonly maxBytes: number
    }

/** Key of a photo as it came in. */
export function inputKey(account: string): string {
  return `acct/${account}/in/${crypto.randomUUID()}`
}

/** Key of an attempt's result: a late attempt can never overwrite another's. */
export function resultKey(
  account: string,
  edit: string,
  attempt: number,
  extension: string,
): string {
  return `acct/${account}/out/${edit}/${attempt}.${extension}`
}

/** A URL below `origin` that carries its grant. `expires` is in milliseconds since the epoch. */
export async function signBlobUrl(
  origin: string,
  secret: string,
  grant: BlobGrant,
): Promise<string> {
  const url = new URL(`${origin}/blobs/${grant.key}`)
  url.searchParams.set('expires', String(grant.expires))
  if (grant.method === 'PUT') {
    url.searchParams.set('type', grant.contentType)
    url.searchParams.set('max', String(grant.maxBytes))
  }
  url.searchParams.set('signature', await hmac(secret, signedText(grant)))
  return url.href
}

function signedText(grant: BlobGrant): string {
  const parts = [grant.method, grant.key, grant.expires]
  return JSON.stringify(
    grant.method === 'PUT' ? [...parts, grant.contentType, grant.maxBytes] : parts,
  )
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
  const expires = Number(url.searchParams.get('expires'))
  const grant: BlobGrant =
    method === 'GET'
      ? { method, key, expires }
      : {
          method,
          key,
          expires,
          contentType: url.searchParams.get('type') ?? '',
          maxBytes: Number(url.searchParams.get('max')),
        }
  const signature = url.searchParams.get('signature') ?? ''
  if (!(await sameSecret(signature, await hmac(secret, signedText(grant)))))
    throw new EditError('forbidden', 'the signature does not fit this method, key and expiry')
  if (!(expires > Date.now()))
    throw new EditError('forbidden', `the URL expired at ${new Date(expires).toISOString()}`)
  return grant
}

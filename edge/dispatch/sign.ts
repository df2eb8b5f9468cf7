/**
 * Signatures of runs (Ed25519): the worker has the public key only, so a worker cannot submit runs.
 * Covers method, run, body and expiry.
 */

import { type SignedMethod, signatureHeader, signedText } from '../../shared/run-signature.ts'
import { base64url, digest, fromBase64url } from '../secrets.ts'

/** Keys, not promises of them: one that a cancelled request has begun may never settle. */
const keys = new Map<string, CryptoKey>()

async function importKey(pkcs8: string): Promise<CryptoKey> {
  const known = keys.get(pkcs8)
  if (known !== undefined) return known
  const bytes = fromBase64url(pkcs8)
  const key = await crypto.subtle.importKey('pkcs8', bytes, 'Ed25519', false, ['sign'])
  keys.set(pkcs8, key)
  return key
}

/** The value of a request's signature header. @param expires epoch ms */
export async function signRun(
  privateKey: string,
  method: SignedMethod,
  runId: string,
  body: string,
  expires: number,
): Promise<string> {
  const text = signedText(method, runId, await digest(body), expires)
  const signature = await crypto.subtle.sign(
    'Ed25519',
    await importKey(privateKey),
    new TextEncoder().encode(text),
  )
  return signatureHeader(expires, base64url(new Uint8Array(signature)))
}

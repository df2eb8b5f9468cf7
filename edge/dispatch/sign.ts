/**
 * Signatures of runs (Ed25519): the worker holds the public key only, so that nothing on it could
 * order a run. Covers method, run, body and expiry.
 */

import { base64url, digest, fromBase64url } from '../secrets.ts'

/** Header that carries a signature over HTTP. */
export const SIGNATURE_HEADER = 'run-signature'

const keys = new Map<string, Promise<CryptoKey>>()

function importKey(pkcs8: string): Promise<CryptoKey> {
  const known = keys.get(pkcs8)
  if (known !== undefined) return known
  const key = crypto.subtle.importKey('pkcs8', fromBase64url(pkcs8), 'Ed25519', false, ['sign'])
  keys.set(pkcs8, key)
  return key
}

/**
 * `v1;{expires};{signature}` over `v1\n{method}\n{runId}\n{SHA-256 of the body}\n{expires}`.
 *
 * @param method `PUT`, `GET`, `CANCEL` @param expires epoch ms
 */
export async function signRun(
  privateKey: string,
  method: string,
  runId: string,
  body: string,
  expires: number,
): Promise<string> {
  const text = ['v1', method, runId, await digest(body), expires].join('\n')
  const signature = await crypto.subtle.sign(
    'Ed25519',
    await importKey(privateKey),
    new TextEncoder().encode(text),
  )
  return `v1;${expires};${base64url(new Uint8Array(signature))}`
}

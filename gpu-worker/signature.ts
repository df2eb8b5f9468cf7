/**
 * Signatures of runs (Ed25519; edge/dispatch/sign.ts makes them). The worker holds public keys
 * only: whoever takes it over can order nothing.
 */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { EditError } from '../shared/errors.ts'

/** Header that carries a signature over HTTP. */
export const SIGNATURE_HEADER = 'run-signature'

/** Clocks may differ by this much. */
const SKEW_MS = 30_000

export type SignedMethod = 'PUT' | 'GET' | 'CANCEL' | 'MASK'

/** A key from its 32 bytes in base64url. @throws Error if it is no Ed25519 key */
export function readPublicKey(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' })
}

/**
 * Checks `v1;{expires};{signature}` over `v1\n{method}\n{runId}\n{SHA-256 of the body}\n{expires}`.
 *
 * @param keys any of them may have signed: two while one replaces the other
 * @throws EditError `unauthenticated`
 */
export function checkSignature(
  keys: readonly KeyObject[],
  header: string | undefined,
  method: SignedMethod,
  runId: string,
  body: string,
): void {
  const [version, expires = '', signature = ''] = (header ?? '').split(';')
  if (version !== 'v1' || !/^\d{1,15}$/.test(expires))
    throw new EditError('unauthenticated', 'the run is not signed')
  if (Number(expires) + SKEW_MS < Date.now())
    throw new EditError('unauthenticated', 'the signature has expired; do the clocks agree?')
  const digest = createHash('sha256').update(body).digest('base64url')
  const text = Buffer.from(['v1', method, runId, digest, expires].join('\n'))
  const bytes = Buffer.from(signature, 'base64url')
  if (!keys.some((key) => verify(null, text, key, bytes)))
    throw new EditError('unauthenticated', 'the signature is not by a key of ours')
}

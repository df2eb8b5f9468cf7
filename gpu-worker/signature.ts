/**
 * Signatures of runs (Ed25519; edge/dispatch/sign.ts makes them). The worker holds public keys
 * only: whoever takes it over can order nothing.
 */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { EditError } from '../shared/errors.ts'
import { readSignatureHeader, type SignedMethod, signedText } from '../shared/run-signature.ts'

/** Clocks may differ by this much. */
const SKEW_MS = 30_000

/** A key from its 32 bytes in base64url. @throws Error if it is no Ed25519 key */
export function readPublicKey(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' })
}

/**
 * Checks a signature of a run and its body.
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
  const signed = readSignatureHeader(header)
  if (signed === null) throw new EditError('unauthenticated', 'the run is not signed')
  const { expires, signature } = signed
  if (expires + SKEW_MS < Date.now())
    throw new EditError('unauthenticated', 'the signature has expired; do the clocks agree?')
  const digest = createHash('sha256').update(body).digest('base64url')
  const text = Buffer.from(signedText(method, runId, digest, expires))
  const bytes = Buffer.from(signature, 'base64url')
  if (!keys.some((key) => verify(null, text, key, bytes)))
    throw new EditError('unauthenticated', 'the signature is not by a key of ours')
}

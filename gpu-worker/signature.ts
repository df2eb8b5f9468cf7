/**
 * Checks the Ed25519 signatures that edge/dispatch/sign.ts makes. The worker has only public keys,
 * so that a compromised worker cannot start runs elsewhere.
 */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { EditError } from '../shared/errors.ts'
import { readSignatureHeader, type SignedMethod, signedText } from '../shared/run-signature.ts'

/** Tolerated difference of the clocks. */
const SKEW_MS = 30_000

/** A key from its 32 bytes in base64url. @throws Error if it is not an Ed25519 key */
export function readPublicKey(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' })
}

/**
 * Checks a signature of a run and its body.
 *
 * @param keys the allowed keys: two during a rotation
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
  if (signed === null) throw new EditError('unauthenticated', 'the request is not signed')
  const { expires, signature } = signed
  if (expires + SKEW_MS < Date.now())
    throw new EditError(
      'unauthenticated',
      'the signature has expired; check the clocks of edge and worker',
    )
  const digest = createHash('sha256').update(body).digest('base64url')
  const text = Buffer.from(signedText(method, runId, digest, expires))
  const bytes = Buffer.from(signature, 'base64url')
  if (!keys.some((key) => verify(null, text, key, bytes)))
    throw new EditError('unauthenticated', 'the signature does not match any of RUN_PUBLIC_KEYS')
}

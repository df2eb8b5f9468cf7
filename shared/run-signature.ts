/**
 * What the signature of a run covers, and the format of its header. The edge signs and the worker
 * verifies; the key is not known here.
 */

/** The HTTP header of the signature. */
export const SIGNATURE_HEADER = 'run-signature'

/** What is signed: starting a run, reading its state, canceling it, or a mask. */
export type SignedMethod = 'PUT' | 'GET' | 'CANCEL' | 'MASK'

/** The signed text. @param digest SHA-256 of the body, base64url @param expires epoch ms */
export function signedText(
  method: SignedMethod,
  runId: string,
  digest: string,
  expires: number,
): string {
  return ['v1', method, runId, digest, expires].join('\n')
}

/** The header's value. @param signature of {@link signedText}, in base64url */
export function signatureHeader(expires: number, signature: string): string {
  return `v1;${expires};${signature}`
}

/** The parts of a header, or null if it is malformed. */
export function readSignatureHeader(
  header: string | undefined,
): { readonly expires: number; readonly signature: string } | null {
  const [version, expires = '', signature = ''] = (header ?? '').split(';')
  if (version !== 'v1' || !/^\d{1,15}$/.test(expires)) return null
  return { expires: Number(expires), signature }
}

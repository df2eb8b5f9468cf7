/**
 * What a signature of a run covers, and how it is written in its header. Knows no keys: the edge
 * signs, the worker verifies.
 */

/** Header that carries a signature over HTTP. */
export const SIGNATURE_HEADER = 'run-signature'

/** What is asked for: an order, a look, a cancel, or a mask. */
export type SignedMethod = 'PUT' | 'GET' | 'CANCEL' | 'MASK'

/** The signed text. @param digest SHA-256 of the body in base64url @param expires epoch ms */
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

/** The parts of a header, or null for what is none. */
export function readSignatureHeader(
  header: string | undefined,
): { readonly expires: number; readonly signature: string } | null {
  const [version, expires = '', signature = ''] = (header ?? '').split(';')
  if (version !== 'v1' || !/^\d{1,15}$/.test(expires)) return null
  return { expires: Number(expires), signature }
}

/** COSE_Sign1 (RFC 9052) over a claim, as C2PA wants it: detached, with the certificates inside. */

import { encode, Tag } from 'cbor2'
import type { Credentials } from './credentials.ts'

const ALGORITHM = 1
/** `x5chain` of RFC 9360: one certificate, or a list of them. */
const CERTIFICATES = 33
const SIGN1 = 18

export function coseSign1(
  { certificates, algorithm, sign }: Credentials,
  claim: Uint8Array,
): Uint8Array {
  const [first, ...issuers] = certificates
  const chain = issuers.length === 0 ? first : certificates
  const header = encode(
    new Map<number, unknown>([
      [ALGORITHM, algorithm.cose],
      [CERTIFICATES, chain],
    ]),
  )
  const signed = encode(['Signature1', header, new Uint8Array(), claim])
  return encode(new Tag(SIGN1, [header, new Map(), null, sign(signed)]))
}

/** The certificate and the key that sign results. The key stays here: others get signatures. */

import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { EditError } from '../../shared/errors.ts'

/** Algorithms of COSE (RFC 9053) that C2PA allows, by the type or curve of the key. */
const algorithms = {
  prime256v1: { name: 'es256', cose: -7, hash: 'sha256' },
  secp384r1: { name: 'es384', cose: -35, hash: 'sha384' },
  ed25519: { name: 'ed25519', cose: -8, hash: null },
} as const
type Algorithm = (typeof algorithms)[keyof typeof algorithms]

export type Credentials = {
  /** DER, the signer's own first, then those that issued it. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
  readonly algorithm: Algorithm
  readonly sign: (bytes: Uint8Array) => Uint8Array
}

/**
 * @param certificates base64 of DER, separated by commas
 * @param key base64 of PKCS #8
 * @throws EditError `invalid_option` for what cannot sign, without its value
 */
export function readCredentials(certificates: string, key: string): Credentials {
  const chain = certificates.split(',').map((text) => Uint8Array.from(Buffer.from(text, 'base64')))
  const [first, ...issuers] = chain.map((der) => readCertificate(der))
  const secret = readKey(key)
  if (first === undefined || !first.checkPrivateKey(secret))
    throw invalid('C2PA_KEY is not the key of the first of C2PA_CERTIFICATES')
  if (Date.parse(first.validTo) < Date.now())
    throw invalid(`the first of C2PA_CERTIFICATES was valid until ${first.validTo}`)
  const [issuer] = issuers
  if (issuer !== undefined && !first.checkIssued(issuer))
    throw invalid('the second of C2PA_CERTIFICATES did not issue the first')
  const algorithm = algorithmOf(secret)
  return {
    certificates: chain as unknown as Credentials['certificates'],
    algorithm,
    sign: (bytes) =>
      new Uint8Array(sign(algorithm.hash, bytes, { key: secret, dsaEncoding: 'ieee-p1363' })),
  }
}

function readCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch {
    throw invalid('C2PA_CERTIFICATES is not base64 of DER, separated by commas')
  }
}

function readKey(text: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(text, 'base64'), type: 'pkcs8', format: 'der' })
  } catch {
    // What it was called with is secret.
    throw invalid('C2PA_KEY is not base64 of a PKCS #8 key')
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm {
  const kind = asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType ?? ''
  const found = Object.entries(algorithms).find(([name]) => name === kind)
  if (found === undefined)
    throw invalid(`C2PA_KEY is a key of ${kind}; C2PA takes ${Object.keys(algorithms).join(', ')}`)
  return found[1]
}

function invalid(fault: string): EditError {
  return new EditError('invalid_option', `invalid configuration: ${fault}`)
}

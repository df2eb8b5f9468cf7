/**
 * A certificate for development that signs the manifests of results. Nobody trusts it, and it says so
 * in its names: readers show the organisation as the signer.
 */

import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** The worker's settings. */
export type ProvenanceSettings = { readonly C2PA_CERTIFICATES: string; readonly C2PA_KEY: string }

const ORGANISATION = 'O=ContextDrag development (not trusted)'
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** `id-kp-emailProtection`: of those that C2PA takes, the one that every reader knows. */
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'
const DAY_MS = 24 * 3_600_000
const VALID_MS = 365 * DAY_MS

/**
 * A new root, and a certificate that it issued: C2PA takes none that issued itself.
 *
 * @param algorithm of both keys
 */
export async function newCertificate(now: number, algorithm = P256): Promise<ProvenanceSettings> {
  const [root, own] = await Promise.all([newKeys(algorithm), newKeys(algorithm)])
  const validity = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + VALID_MS) }
  const issued = { ...validity, signingAlgorithm: algorithm, signingKey: root.privateKey }
  const issuer = `CN=ContextDrag development root, ${ORGANISATION}`
  const authority = await X509CertificateGenerator.create({
    ...issued,
    serialNumber: '01',
    subject: issuer,
    issuer,
    publicKey: root.publicKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(root.publicKey),
    ],
  })
  const certificate = await X509CertificateGenerator.create({
    ...issued,
    serialNumber: '02',
    subject: `CN=ContextDrag development, ${ORGANISATION}`,
    issuer,
    publicKey: own.publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([EMAIL_PROTECTION]),
      await AuthorityKeyIdentifierExtension.create(root.publicKey),
      await SubjectKeyIdentifierExtension.create(own.publicKey),
    ],
  })
  const chain = [certificate, authority].map(({ rawData }) => base64(rawData))
  return {
    C2PA_CERTIFICATES: chain.join(','),
    C2PA_KEY: base64(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)),
  }
}

/**
 * The certificate in a file, which only its owner can read; a new one where there is none, or where
 * it is valid for less than a month. Not in the file of the edge's secrets: only the worker signs.
 */
export async function certificateIn(file: string, now = Date.now()): Promise<ProvenanceSettings> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text !== '') {
    const { madeAt, ...settings } = JSON.parse(text) as ProvenanceSettings & { madeAt: number }
    if (madeAt + VALID_MS - 30 * DAY_MS > now) return settings
  }
  const settings = await newCertificate(now)
  await writeFile(file, JSON.stringify({ madeAt: now, ...settings }), { mode: 0o600 })
  return settings
}

async function newKeys(algorithm: typeof P256): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return keys as webcrypto.CryptoKeyPair
}

function base64(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('base64')
}

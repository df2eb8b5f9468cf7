/**
 * Secrets of a local stack: generated on first use, stored in a file that only its owner can read.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

/** The edge's secrets. */
export type Secrets = {
  readonly OPERATOR_TOKEN: string
  readonly KEY_PEPPERS: string
  readonly BLOB_SECRET: string
  readonly SEALING_SECRET: string
  readonly RUN_SIGNING_KEY: string
}

/** New secrets, from the platform's random number generator. */
export function newSecrets(): Secrets {
  const secret = () => randomBytes(24).toString('base64url')
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    OPERATOR_TOKEN: secret(),
    KEY_PEPPERS: `1:${secret()}`,
    BLOB_SECRET: secret(),
    SEALING_SECRET: secret(),
    RUN_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  }
}

/** Reads secrets from a file of `NAME=value` lines; generates and stores those that are missing. */
export async function secretsIn(file: string): Promise<Secrets> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line.includes('='))
  const known = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const fresh = newSecrets()
  const entries = Object.entries(fresh).map(([name, value]) => [name, known[name] ?? value])
  const secrets = Object.fromEntries(entries) as Secrets
  const written = entries.map(([name, value]) => `${name}=${value}\n`).join('')
  if (written !== text) await writeFile(file, written, { mode: 0o600 })
  return secrets
}

/** The public key for RUN_PUBLIC_KEYS of a worker: 32 bytes in base64url. */
export function publicKeyOf({ RUN_SIGNING_KEY }: Secrets): string {
  const der = Buffer.from(RUN_SIGNING_KEY, 'base64')
  const key = createPublicKey(createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }))
  return key.export({ format: 'jwk' }).x ?? ''
}

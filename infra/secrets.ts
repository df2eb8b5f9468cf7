/**
 * Secrets of a stack on this machine: made on first use, kept in a file that only its owner reads.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

/** What the edge is given as secrets. */
export type Secrets = {
  readonly OPERATOR_TOKEN: string
  readonly KEY_PEPPERS: string
  readonly BLOB_SECRET: string
  readonly SEALING_SECRET: string
  readonly RUN_SIGNING_KEY: string
}

/** New ones, each from the platform's random numbers. */
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

/** Reads the secrets of a file of `NAME=value` lines, and makes them where one is missing. */
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

/** What a worker is given: the public half, 32 bytes in base64url. */
export function publicKeyOf({ RUN_SIGNING_KEY }: Secrets): string {
  const der = Buffer.from(RUN_SIGNING_KEY, 'base64')
  const key = createPublicKey(createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }))
  return key.export({ format: 'jwk' }).x ?? ''
}

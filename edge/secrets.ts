/** Random tokens, digests, seals, and comparisons that take the same time whatever they find. */

const encoder = new TextEncoder()

/** 32 random bytes as base64url. */
export function randomToken(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random letters and digits; lower case only if so asked. About 5.9 (5.2) bits a character. */
export function randomName(length: number, lowerCase = false): string {
  const alphabet = lowerCase ? ALPHABET.slice(26) : ALPHABET
  // Bytes beyond the largest multiple are drawn again: every character is equally likely.
  const bound = 256 - (256 % alphabet.length)
  let name = ''
  while (name.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      if (byte < bound && name.length < length) name += alphabet[byte % alphabet.length]
  return name
}

/** Random bytes in hexadecimal. */
export function randomHex(bytes: number): string {
  return hex(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** SHA-256 as base64url. */
export async function digest(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  return base64url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
  )
}

/** Keys, not promises of them: one that a cancelled request has begun may never settle. */
const hmacKeys = new Map<string, CryptoKey>()

async function hmacKey(secret: string): Promise<CryptoKey> {
  const known = hmacKeys.get(secret)
  if (known !== undefined) return known
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = encoder.encode(secret)
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  hmacKeys.set(secret, key)
  return key
}

async function hmacBytes(secret: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(
    await crypto.subtle.sign('HMAC', await hmacKey(secret), encoder.encode(text)),
  )
}

/** HMAC-SHA256 as base64url. */
export async function hmac(secret: string, text: string): Promise<string> {
  return base64url(await hmacBytes(secret, text))
}

/** The first `bytes` bytes of HMAC-SHA256, in hexadecimal. */
export async function shortHmac(secret: string, text: string, bytes: number): Promise<string> {
  return hex((await hmacBytes(secret, text)).subarray(0, bytes))
}

/** Equality in constant time; digests make the lengths equal. */
export async function sameSecret(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))),
  )
  return crypto.subtle.timingSafeEqual(left as ArrayBuffer, right as ArrayBuffer)
}

/** Equality of two digests in constant time: of two texts of one length. */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** Encrypts a text with AES-256-GCM. @param secret any text; its digest is the key */
export async function seal(secret: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await sealingKey(secret)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encoder.encode(text))
  return `${base64url(iv)}.${base64url(new Uint8Array(sealed))}`
}

/** The text of a seal. @throws Error if it was made with another secret, or changed */
export async function unseal(secret: string, sealed: string): Promise<string> {
  const [iv = '', body = ''] = sealed.split('.')
  const opened = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: fromBase64url(iv) },
    await sealingKey(secret),
    fromBase64url(body),
  )
  return new TextDecoder().decode(opened)
}

async function sealingKey(secret: string): Promise<CryptoKey> {
  const key = await crypto.subtle.digest('SHA-256', encoder.encode(secret))
  return crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The bytes of base64, in either alphabet, with or without padding. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * What signs an owner in to the console, as text: the token of an e-mailed link, the cookie of a
 * session, and that of a browser in which an owner signed in before. Forged ones are rejected by MAC without a Durable Object call. Knows no owner's state.
 */

import { digest, randomName, sameSecret, shortHmac } from '../secrets.ts'
import type { Peppers } from './keys.ts'

/** Which owner's object, and a secret of it. */
export type SignInToken = {
  /** Digest of the owner's address: the name of their object. */
  readonly owner: string
  /** Digest of the secret, as the object stores it. */
  readonly hash: string
}

export type SessionCookie = SignInToken & {
  /** Counts the cookies that a session was given; an older one is stolen, or late. */
  readonly generation: number
}

/** 43 characters of base64url, 32 random ones, a number, a pepper's version and the MAC. */
const PATTERN = /^(([\w-]{43})\.([A-Za-z0-9]{32})\.(\d{1,9})\.([0-9a-z]))\.([0-9a-f]{64})$/
type Use = 'sign-in' | 'session' | 'known'

/** Letters differ in nothing but their case in no mail system that people use. */
export function foldAddress(address: string): string {
  return address.trim().toLowerCase()
}

/**
 * Who may have a trial, as a digest: sub-addresses (`me+shop@`) are the same person (RFC 5233).
 *
 * @param address folded
 */
export function trialHolderOf(address: string): Promise<string> {
  const at = address.lastIndexOf('@')
  const [local = ''] = address.slice(0, at).split('+')
  return digest(`trial ${local === '' ? address : local + address.slice(at)}`)
}

/** The name of an owner's object: the address is in no log and in no link. @param address folded */
export function ownerOf(address: string): Promise<string> {
  return digest(`owner ${address}`)
}

/** A new secret of a link or a session. */
export function newSecret(): string {
  return randomName(32)
}

/** The token of a link. */
export function signInToken(owner: string, secret: string, peppers: Peppers): Promise<string> {
  return sealed('sign-in', owner, secret, 0, peppers)
}

/** The value of a session's cookie; it changes with the generation. */
export function sessionCookie(
  owner: string,
  secret: string,
  generation: number,
  peppers: Peppers,
): Promise<string> {
  return sealed('session', owner, secret, generation, peppers)
}

/** What a link's token says, or null if we did not make it. */
export async function readSignInToken(text: string, peppers: Peppers): Promise<SignInToken | null> {
  return opened('sign-in', text, peppers)
}

/** What a session's cookie says and its secret, or null if we did not make it. */
export function readSessionCookie(
  text: string,
  peppers: Peppers,
): Promise<(SessionCookie & { readonly secret: string }) | null> {
  return opened('session', text, peppers)
}

/** The value of the cookie that a browser keeps when its sessions are over. It opens nothing. */
export function knownCookie(owner: string, secret: string, peppers: Peppers): Promise<string> {
  return sealed('known', owner, secret, 0, peppers)
}

/** What a known browser's cookie says and its secret, or null if we did not make it. */
export function readKnownCookie(
  text: string,
  peppers: Peppers,
): Promise<(SignInToken & { readonly secret: string }) | null> {
  return opened('known', text, peppers)
}

async function sealed(
  use: Use,
  owner: string,
  secret: string,
  generation: number,
  [pepper]: Peppers,
): Promise<string> {
  if (pepper === undefined) throw new Error('no pepper is configured')
  const head = [owner, secret, generation, pepper.version].join('.')
  return `${head}.${await macOf(pepper.secret, use, head)}`
}

async function opened(use: Use, text: string, peppers: Peppers) {
  const match = PATTERN.exec(text)
  if (match === null) return null
  const [, head = '', owner = '', secret = '', generation, version, mac = ''] = match
  const pepper = peppers.find((one) => one.version === version)
  if (pepper === undefined || !(await sameSecret(mac, await macOf(pepper.secret, use, head))))
    return null
  return { owner, secret, generation: Number(generation), hash: await digest(secret) }
}

/** A token is no cookie, and a cookie no token. */
function macOf(secret: string, use: Use, head: string): Promise<string> {
  return shortHmac(secret, `${use} ${head}`, 32)
}

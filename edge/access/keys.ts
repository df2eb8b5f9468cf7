/**
 * Account keys and client tokens as text. Forged keys are rejected by MAC without a Durable Object
 * call. Knows no account's state.
 */

import { digest, randomName, sameSecret, shortHmac } from '../secrets.ts'

/** Where an account's objects live: hints, or a jurisdiction (`eu`). Fixed when it is created. */
export const regions = ['auto', 'eu', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'] as const
export type Place = (typeof regions)[number]

export const scopes = [
  'edits:write',
  'edits:read',
  'keys:write',
  'webhooks:write',
  'usage:read',
  'billing:write',
] as const
export type Scope = (typeof scopes)[number]

/** Test keys run the embedded tiers, for free. */
export type Mode = 'live' | 'test'

/** Peppers by version, a single character; the first makes new keys, all are accepted. */
export type Peppers = readonly { readonly version: string; readonly secret: string }[]

/** What a key with a valid MAC contains. Whether it was revoked, only its account knows. */
export type Credential = {
  /** `key` for an account key, `client` for a client token. */
  readonly kind: 'key' | 'client'
  readonly mode: Mode
  readonly region: Place
  readonly account: string
  readonly id: string
  /** SHA-256 of the secret, as the account stores it. */
  readonly hash: string
}

const PREFIX = { key: 'cd', client: 'cdc' } as const
const PATTERN =
  /^((cd|cdc)_(live|test)_([a-z]+)_([a-z0-9]{12})_([a-z0-9]{10})_([A-Za-z0-9]{32})_([0-9a-z]))([0-9a-f]{20})$/

/** A new key or token for `account`, and what the account has to store. */
export async function mintKey(
  of: Pick<Credential, 'kind' | 'mode' | 'region' | 'account'>,
  peppers: Peppers,
): Promise<{ readonly text: string; readonly credential: Credential }> {
  const [pepper] = peppers
  if (pepper === undefined) throw new Error('no pepper is configured')
  const id = randomName(10, true)
  const secret = randomName(32)
  const { kind, mode, region, account } = of
  const head = [PREFIX[kind], mode, region, account, id, secret, pepper.version].join('_')
  const text = `${head}${await macOf(pepper.secret, head)}`
  return { text, credential: { kind, mode, region, account, id, hash: await digest(secret) } }
}

/** What a key says, or null if we did not make it. */
export async function readKey(text: string, peppers: Peppers): Promise<Credential | null> {
  const match = PATTERN.exec(text)
  if (match === null) return null
  const [, head = '', prefix, mode, region, account = '', id = '', secret = '', version, mac = ''] =
    match
  const pepper = peppers.find((one) => one.version === version)
  if (pepper === undefined || !(await sameSecret(mac, await macOf(pepper.secret, head))))
    return null
  return {
    kind: prefix === PREFIX.key ? 'key' : 'client',
    mode: mode as Mode,
    region: region as Place,
    account,
    id,
    hash: await digest(secret),
  }
}

/** 80 bits: nobody guesses them against a rate limit. */
function macOf(secret: string, head: string): Promise<string> {
  return shortHmac(secret, `key ${head}`, 10)
}

const EDIT_ID = /^edit_([0-9a-f]{32})([0-9a-f]{16})$/

/** Where an edit is: its account, and the region of both objects. */
export type EditPlace = Pick<Credential, 'account' | 'region'>

/** A new edit's id. Its second half shows that it is ours, and this account's in this region. */
export async function mintEditId(place: EditPlace, random: string, peppers: Peppers) {
  const [pepper] = peppers
  if (pepper === undefined) throw new Error('no pepper is configured')
  return `edit_${random}${await editMac(pepper.secret, place, random)}`
}

/** True for an id that we made for this account: any other wakes, and creates, no object. */
export async function isEditIdOf(id: string, place: EditPlace, peppers: Peppers): Promise<boolean> {
  const [, random, mac = ''] = EDIT_ID.exec(id) ?? []
  if (random === undefined) return false
  for (const { secret } of peppers) {
    if (await sameSecret(mac, await editMac(secret, place, random))) return true
    // Ids of earlier releases leave the region out. They stay valid, since edits are listed for ever.
    if (await sameSecret(mac, await shortHmac(secret, `edit ${place.account} ${random}`, 8)))
      return true
  }
  return false
}

function editMac(secret: string, { region, account }: EditPlace, random: string): Promise<string> {
  return shortHmac(secret, `edit ${region} ${account} ${random}`, 8)
}

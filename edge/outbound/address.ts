/** Addresses that callers name, and which of them may be asked. Hosts are judged after canonicalisation. */

import { EditError } from '../../shared/errors.ts'
import { ownOrigins, type Settings } from '../settings/settings.ts'
import { isPublic, type Resolve, resolverAt } from './resolver.ts'

/** Names that never leave a private network. */
const INTERNAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'lan',
  'home',
  'corp',
  'intranet',
  'home.arpa',
  'test',
  'invalid',
  'onion',
]
/** A name of several labels whose last one has a letter first, as in the public DNS. */
const PUBLIC_NAME = /^(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** Which addresses may be asked. */
export type AddressRules = {
  /** Our own hosts, rejected to prevent SSRF against our own services. */
  readonly ownOrigins: readonly string[]
  /** Exact origins that are allowed although the rules reject them; for development. */
  readonly allowedPrivateOrigins: readonly string[]
}

/** The same, and what asks them. */
export type OutboundRules = AddressRules & {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Looks names up; null where they are not looked up. */
  readonly resolve: Resolve | null
}

/** The rules that the operator has set. */
export function outboundRules(settings: Settings): OutboundRules {
  return {
    ownOrigins: ownOrigins(settings),
    allowedPrivateOrigins: settings.ALLOWED_PRIVATE_ORIGINS,
    fetch: (address, init) => fetch(address, init),
    resolve: settings.RESOLVER_URL === undefined ? null : resolverAt(settings.RESOLVER_URL),
  }
}

/** The URL, if its host may be asked. @throws EditError `image_unreachable` */
export function checkAddress(address: string, rules: AddressRules, base?: URL): URL {
  if (!URL.canParse(address, base?.href)) unreachable('it is not a URL')
  const url = new URL(address, base)
  if (rules.allowedPrivateOrigins.includes(url.origin)) return url
  if (url.protocol !== 'https:')
    unreachable(`its scheme is ${url.protocol.slice(0, -1)}, not https`)
  if (url.username !== '' || url.password !== '') unreachable('it contains credentials')
  const host = url.hostname.replace(/\.$/, '')
  // URL has already turned 2130706433, 0x7f.1, %31 and the like into dotted decimals, and IPv6 into
  // brackets. With more than one dot at the end it takes an address for a name.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('['))
    unreachable('its host is an IP address, not a name')
  const suffix = INTERNAL_SUFFIXES.find((name) => host.endsWith(`.${name}`))
  if (!PUBLIC_NAME.test(host) || suffix !== undefined) unreachable('its host is not public')
  if (rules.ownOrigins.some((origin) => new URL(origin).hostname === host))
    unreachable('its host is this service itself')
  return url
}

/** The same, also looked up if the operator has set a resolver. @throws EditError `image_unreachable` */
export async function checkHost(address: string, rules: OutboundRules, base?: URL): Promise<URL> {
  const url = checkAddress(address, rules, base)
  if (rules.resolve === null || rules.allowedPrivateOrigins.includes(url.origin)) return url
  const addresses = await rules.resolve(url.hostname)
  if (!addresses.every(isPublic)) unreachable('its host has an address that is not public')
  return url
}

/** @throws EditError `image_unreachable` */
export function unreachable(why: string): never {
  throw new EditError('image_unreachable', `the image URL cannot be used: ${why}`, {
    pointer: '/image',
  })
}

/**
 * Fetching images from addresses that callers name. The host is judged after canonicalisation, and
 * again at every redirect.
 */

import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readBounded } from '../../shared/files/read-bounded.ts'

const MAX_REDIRECTS = 3
const TIMEOUT_MS = 15_000
/** Many hosts answer 403 to requests without a User-Agent. */
const HEADERS = { accept: 'image/*', 'user-agent': 'contextdrag' }
/** Types of hosts that do not know the type: what matters are the bytes. */
const UNTYPED = ['', 'application/octet-stream', 'binary/octet-stream']
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
}

/**
 * The bytes behind an image URL.
 *
 * @throws EditError `image_unreachable`, `image_too_large`
 */
export async function fetchImage(address: string, rules: OutboundRules): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let url = checkAddress(address, rules)
  for (let hop = 0; ; hop++) {
    const response = await rules
      .fetch(url.href, { redirect: 'manual', signal, headers: HEADERS })
      .catch(() => unreachable('it did not answer'))
    if (response.status < 300 || response.status >= 400) return readImage(response)
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (location === null)
      unreachable(`it redirects (${response.status}) without a Location header`)
    if (hop === MAX_REDIRECTS) unreachable(`it redirects more than ${MAX_REDIRECTS} times`)
    url = checkAddress(location, rules, url)
  }
}

function unreachable(why: string): never {
  throw new EditError('image_unreachable', `the image URL cannot be used: ${why}`, {
    pointer: '/image',
  })
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
  // URL has already turned 2130706433, 0x7f.1 and the like into dotted decimals, and IPv6 into
  // brackets.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('['))
    unreachable('its host is an address, not a name')
  const suffix = INTERNAL_SUFFIXES.find((name) => host === name || host.endsWith(`.${name}`))
  if (!host.includes('.') || suffix !== undefined) unreachable('its host is not public')
  if (rules.ownOrigins.some((origin) => new URL(origin).hostname === host))
    unreachable('its host is this service itself')
  return url
}

async function readImage(response: Response): Promise<Uint8Array> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    unreachable(`the server returned ${response.status}`)
  }
  const type =
    (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!type.startsWith('image/') && !UNTYPED.includes(type)) {
    await response.body.cancel()
    unreachable(`the server returned ${type}`)
  }
  return readBounded(response.body, MAX_IMAGE_BYTES, {
    tooLarge: () =>
      new EditError(
        'image_too_large',
        `the image has more than ${MAX_IMAGE_BYTES} bytes; send a smaller JPEG`,
        { pointer: '/image' },
      ),
    watch: (read) => read.catch(() => unreachable('its response was cut off')),
  })
}

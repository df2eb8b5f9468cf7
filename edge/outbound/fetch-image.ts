/** Fetching images from addresses that callers name. The address is judged again at every redirect. */

import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import type { Share } from '../memory/budget.ts'
import { type HeldBytes, readHeld } from '../memory/held-bytes.ts'
import { checkHost, type OutboundRules, unreachable } from './address.ts'

const MAX_REDIRECTS = 3
const TIMEOUT_MS = 15_000
/** Many hosts answer 403 to requests without a User-Agent. */
const HEADERS = {
  // Hosts that convert pictures take image/* for leave to send AVIF.
  accept: 'image/png, image/jpeg, image/webp, image/*;q=0.1',
  'user-agent': 'contextdrag',
}
/** Types of hosts that do not know the type: what matters are the bytes. */
const UNTYPED = [
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/x-binary',
  'application/download',
  'application/x-download',
  'application/force-download',
  // As curl uploads to buckets that keep the type.
  'application/x-www-form-urlencoded',
  'text/plain',
]

/**
 * The bytes behind an image URL, to be released.
 *
 * @param take takes memory for so many bytes; until it has, nothing of the response is read
 * @throws EditError `image_unreachable`, `image_too_large`, `overloaded` without memory
 */
export async function fetchImage(
  address: string,
  rules: OutboundRules,
  take: (bytes: number) => Promise<Share>,
): Promise<HeldBytes> {
  const signal = new AbortController()
  const response = await inTime(signal, () => respond(address, rules, signal.signal))
  const length = await lengthOf(response)
  // While memory is waited for, no time runs: the host cannot help it.
  const share = await take(length ?? MAX_IMAGE_BYTES).catch((error) => {
    signal.abort()
    throw error
  })
  return inTime(signal, () => readImage(response, share, length))
}

/** Aborts what takes too long. */
async function inTime<T>(signal: AbortController, use: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => signal.abort(), TIMEOUT_MS)
  try {
    return await use()
  } finally {
    clearTimeout(timer)
  }
}

/** The response behind all redirects: one with an image, or so it says. */
async function respond(
  address: string,
  rules: OutboundRules,
  signal: AbortSignal,
): Promise<ImageResponse> {
  let url = await checkHost(address, rules)
  for (let hop = 0; ; hop++) {
    const response = await rules
      .fetch(url.href, { redirect: 'manual', signal, headers: HEADERS })
      .catch(() => unreachable('there was no response'))
    if (response.status < 300 || response.status >= 400) return imageResponse(response)
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (location === null)
      unreachable(`it redirects (${response.status}) without a Location header`)
    if (hop === MAX_REDIRECTS) unreachable(`it redirects more than ${MAX_REDIRECTS} times`)
    url = await checkHost(location, rules, url)
  }
}

type ImageResponse = { readonly headers: Headers; readonly body: ReadableStream<Uint8Array> }

async function imageResponse({ ok, status, headers, body }: Response): Promise<ImageResponse> {
  if (!ok || body === null) {
    await body?.cancel()
    unreachable(`the server returned ${status}`)
  }
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!type.startsWith('image/') && !UNTYPED.includes(type)) {
    await body.cancel()
    unreachable(`the server returned ${type}`)
  }
  return { headers, body }
}

/** Null where the response does not say: the length of one that is compressed is not the image's. */
async function lengthOf({ headers, body }: ImageResponse): Promise<number | null> {
  const length = Number.parseInt(headers.get('content-length') ?? '', 10)
  if (headers.has('content-encoding') || !(length > 0)) return null
  if (length <= MAX_IMAGE_BYTES) return length
  await body.cancel()
  throw tooLarge()
}

function readImage({ body }: ImageResponse, share: Share, length: number | null) {
  const broken = () => unreachable('its response was cut off')
  return readHeld(body, share, { length, limit: MAX_IMAGE_BYTES, tooLarge, broken })
}

function tooLarge(): EditError {
  return new EditError(
    'image_too_large',
    `the image has more than ${MAX_IMAGE_BYTES} bytes; send a smaller JPEG`,
    { pointer: '/image' },
  )
}

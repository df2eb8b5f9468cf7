/** Fetching images from addresses that callers name. The address is judged again at every redirect. */

import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readBounded } from '../../shared/files/read-bounded.ts'
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
 * The bytes behind an image URL.
 *
 * @throws EditError `image_unreachable`, `image_too_large`
 */
export async function fetchImage(address: string, rules: OutboundRules): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let url = await checkHost(address, rules)
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
    url = await checkHost(location, rules, url)
  }
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

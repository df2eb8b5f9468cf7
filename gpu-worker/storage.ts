/** Photos in and results out, by signed URL and from allowed origins only. Holds no credential. */

import { MAX_IMAGE_BYTES } from '../shared/image-header.ts'

/** The origins this worker may talk to, whatever a payload says. */
export class Origins {
  readonly #allowed: ReadonlySet<string>

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed)
  }

  /** @throws Error for a URL of another origin */
  check(url: string): string {
    const { origin } = new URL(url)
    if (!this.#allowed.has(origin))
      throw new Error(`${origin} is not one of the worker's allowed origins`)
    return url
  }
}

/** Downloads a photo, at most as large as the edge accepts one. */
export async function download(
  url: string,
  origins: Origins,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const response = await fetch(origins.check(url), { redirect: 'error', signal })
  if (!response.ok || response.body === null)
    throw new Error(`the photo's URL answered ${response.status}`)
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body) {
    length += part.length
    if (length > MAX_IMAGE_BYTES)
      throw new Error(`the photo has more than ${MAX_IMAGE_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Uploads a result. */
export async function upload(
  url: string,
  bytes: Uint8Array,
  contentType: string,
  origins: Origins,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(origins.check(url), {
    method: 'PUT',
    headers: { 'content-type': contentType },
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]),
    redirect: 'error',
    signal,
  })
  if (!response.ok) throw new Error(`the result's URL answered ${response.status}`)
}

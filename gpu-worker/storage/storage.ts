/**
 * Downloads photos and uploads results, by signed URL at allowed origins only, or in the configured
 * S3 buckets.
 */

import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readBounded } from '../../shared/files/read-bounded.ts'
import { type Buckets, S3_SCHEME } from './s3.ts'

export class Storage {
  readonly #origins: ReadonlySet<string>
  readonly #buckets: Buckets

  /** @param origins the only ones that the worker sends requests to */
  constructor(origins: readonly string[], buckets: Buckets) {
    this.#origins = new Set(origins)
    this.#buckets = buckets
  }

  /** @throws Error if the origin or bucket is not allowed */
  check(url: string): void {
    if (new URL(url).protocol === S3_SCHEME) this.#buckets.locate(url)
    else this.checkOrigin(url)
  }

  /** @throws Error if the origin is not allowed */
  checkOrigin(url: string): void {
    const { origin } = new URL(url)
    if (!this.#origins.has(origin))
      throw new Error(`${origin} is not in the worker's ALLOWED_ORIGINS`)
  }

  /** Downloads a photo, up to the size that the edge accepts. */
  async download(url: string, signal: AbortSignal): Promise<Uint8Array> {
    this.check(url)
    if (new URL(url).protocol === S3_SCHEME)
      return this.#buckets.download(url, MAX_IMAGE_BYTES, signal)
    const response = await fetch(url, { redirect: 'error', signal })
    if (!response.ok || response.body === null)
      throw new Error(`downloading the photo failed with status ${response.status}`)
    return readBounded(response.body, MAX_IMAGE_BYTES, {
      tooLarge: () => new Error(`the photo is larger than ${MAX_IMAGE_BYTES} bytes`),
    })
  }

  /** Uploads a result. */
  async upload(
    url: string,
    bytes: Uint8Array,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    this.check(url)
    if (new URL(url).protocol === S3_SCHEME)
      return this.#buckets.upload(url, bytes, contentType, signal)
    const response = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': contentType },
      body: new Blob([bytes as Uint8Array<ArrayBuffer>]),
      redirect: 'error',
      signal,
    })
    if (!response.ok) throw new Error(`uploading the result failed with status ${response.status}`)
  }
}

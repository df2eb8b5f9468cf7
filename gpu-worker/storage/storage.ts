/**
 * Downloads photos and uploads results, by signed URL at allowed origins only, or in the configured
 * S3 buckets. What fails on its way is tried again: a result may have cost a minute of a GPU.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readBounded } from '../../shared/files/read-bounded.ts'
import { type Buckets, S3_SCHEME } from './s3.ts'

/** With pauses that double from 250 ms: 16 seconds in all, longer than a deployment or a restart. */
const ATTEMPTS = 7
const FIRST_PAUSE_MS = 250

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

  /**
   * Downloads a photo, up to the size that the edge accepts.
   *
   * @throws EditError `storage_unavailable` if there is no response, or only 5xx
   */
  async download(url: string, signal: AbortSignal): Promise<Uint8Array> {
    this.check(url)
    if (new URL(url).protocol === S3_SCHEME)
      return this.#buckets.download(url, MAX_IMAGE_BYTES, signal)
    return persist('downloading the photo', signal, async () => {
      const response = await fetch(url, { redirect: 'error', signal })
      if (!response.ok || response.body === null) throw new Refused(response.status)
      return readBounded(response.body, MAX_IMAGE_BYTES, {
        tooLarge: () => new TooLarge(),
      })
    })
  }

  /** Uploads a result. @throws EditError `storage_unavailable` as for downloads */
  async upload(
    url: string,
    bytes: Uint8Array,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    this.check(url)
    if (new URL(url).protocol === S3_SCHEME)
      return this.#buckets.upload(url, bytes, contentType, signal)
    await persist('uploading the result', signal, async () => {
      const response = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': contentType },
        body: new Blob([bytes as Uint8Array<ArrayBuffer>]),
        redirect: 'error',
        signal,
      })
      if (!response.ok) throw new Refused(response.status)
    })
  }
}

class Refused extends Error {
  readonly final: boolean

  constructor(status: number) {
    super(`status ${status}`)
    this.final = status < 500 && status !== 429
  }
}

class TooLarge extends Error {
  readonly final = true

  constructor() {
    super(`it is larger than ${MAX_IMAGE_BYTES} bytes`)
  }
}

/** Repeats `transfer` while what fails is the way there or the server. */
async function persist<T>(
  what: string,
  signal: AbortSignal,
  transfer: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transfer()
    } catch (error) {
      signal.throwIfAborted()
      const why = `${what} failed: ${error instanceof Error ? error.message : error}`
      if ((error instanceof Refused || error instanceof TooLarge) && error.final)
        throw new Error(why)
      if (attempt === ATTEMPTS) throw new EditError('storage_unavailable', why)
    }
    await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    )
  }
}

/**
 * `s3://bucket/key`, for the command line and self-hosted workers: buckets on a list, with the
 * credentials that AWS's own tools would use. The hosted worker has neither.
 */

import type { S3Client } from '@aws-sdk/client-s3'

/** Which buckets may be used, and where they are. */
export type S3Config = {
  readonly buckets: readonly string[]
  /** Another server than AWS's; addressed by path. */
  readonly endpoint?: string
  readonly region: string
}

export const S3_SCHEME = 's3:'

export class Buckets {
  readonly #config: S3Config
  #client: Promise<S3Client> | null = null

  constructor(config: S3Config) {
    this.#config = config
  }

  /** @throws Error for a bucket that is not on the list, or a URL without a key */
  locate(url: string): { readonly Bucket: string; readonly Key: string } {
    const { host, pathname } = new URL(url)
    const key = decodeURIComponent(pathname.slice(1))
    if (!this.#config.buckets.includes(host))
      throw new Error(`${host} is not one of the buckets in S3_BUCKETS`)
    if (key === '') throw new Error(`${url} names no object`)
    return { Bucket: host, Key: key }
  }

  /** The object's bytes, at most `maxBytes` of them. */
  async download(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3')
    const client = await this.#connect()
    const { Body, ContentLength } = await client.send(new GetObjectCommand(this.locate(url)), {
      abortSignal: signal,
    })
    if (Body === undefined) throw new Error(`${url} came without a body`)
    // S3 always says how long an object is, and never sends more.
    if (ContentLength === undefined || ContentLength > maxBytes)
      throw new Error(`${url} has ${ContentLength} bytes, the limit is ${maxBytes}`)
    return Body.transformToByteArray()
  }

  async upload(
    url: string,
    bytes: Uint8Array,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3')
    const client = await this.#connect()
    const object = { ...this.locate(url), Body: bytes, ContentType: contentType }
    await client.send(new PutObjectCommand(object), { abortSignal: signal })
  }

  /** The SDK is loaded by those who use it only: it takes longer than the rest of the start. */
  #connect(): Promise<S3Client> {
    const { endpoint, region } = this.#config
    this.#client ??= import('@aws-sdk/client-s3').then(
      ({ S3Client }) =>
        new S3Client({
          ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
          region,
          // The default adds checksum trailers, which R2, Swift and others refuse.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    )
    return this.#client
  }
}

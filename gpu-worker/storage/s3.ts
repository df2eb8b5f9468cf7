/**
 * `s3://bucket/key` for the command line and self-hosted workers: listed buckets only, with the
 * credentials of AWS's own tools. The hosted worker uses signed URLs instead.
 */

import type { S3Client } from '@aws-sdk/client-s3'

/** The allowed buckets, and their server. */
export type S3Config = {
  readonly buckets: readonly string[]
  /** A server other than AWS's; its buckets are addressed by path. */
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

  /** @throws Error for a bucket that is not listed, or a URL without a key */
  locate(url: string): { readonly Bucket: string; readonly Key: string } {
    const { host, pathname } = new URL(url)
    const key = decodeURIComponent(pathname.slice(1))
    if (!this.#config.buckets.includes(host))
      throw new Error(`${host} is not one of the buckets in S3_BUCKETS`)
    if (key === '') throw new Error(`${url} has no object key`)
    return { Bucket: host, Key: key }
  }

  /** The bytes of an object. @throws Error if it is larger than `maxBytes` */
  async download(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3')
    const client = await this.#connect()
    const { Body, ContentLength } = await client.send(new GetObjectCommand(this.locate(url)), {
      abortSignal: signal,
    })
    if (Body === undefined) throw new Error(`the response for ${url} has no body`)
    // S3 always sends Content-Length, and never more bytes than that.
    if (ContentLength === undefined || ContentLength > maxBytes)
      throw new Error(`${url} has ${ContentLength} bytes, more than the limit of ${maxBytes}`)
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

  /** Loads the SDK on first use only: it takes longer than the rest of the start. */
  #connect(): Promise<S3Client> {
    const { endpoint, region } = this.#config
    this.#client ??= import('@aws-sdk/client-s3').then(
      ({ S3Client }) =>
        new S3Client({
          ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
          region,
          // The default adds checksum trailers, which R2, Swift and others reject.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    )
    return this.#client
  }
}

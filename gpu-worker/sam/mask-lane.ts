/**
 * Finds masks one at a time, in a queue separate from runs, so that a click does not wait for a
 * run. A full queue responds with Retry-After.
 */

import type { Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import { checkMask, type Mask } from '../../shared/mask.ts'
import type { MaskAnswer, MaskJob } from '../../shared/mask-request.ts'
import type { Found, Prompt, Sam } from './sam.ts'

/** Most mask jobs that may wait. */
const MAX_WAITING = 8
const DOWNLOAD_MS = 20_000

/** Downloads a photo by its signed URL. */
export type DownloadPhoto = (url: string, signal: AbortSignal) => Promise<Uint8Array>
/** Encodes a mask as a PNG. */
export type EncodeMask = (mask: Mask) => Promise<Uint8Array>

export class MaskLane {
  readonly #sam: Sam
  readonly #download: DownloadPhoto
  readonly #encode: EncodeMask
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(sam: Sam, download: DownloadPhoto, encode: EncodeMask) {
    this.#sam = sam
    this.#download = download
    this.#encode = encode
  }

  /** @throws EditError `conflict` if the queue is full, and others for the photo or the points */
  async find(job: MaskJob): Promise<MaskAnswer> {
    if (this.#waiting >= MAX_WAITING)
      throw new EditError('conflict', `${MAX_WAITING} masks are waiting already`, { retryAfter: 1 })
    this.#waiting++
    const turn = this.#last.then(() => this.#work(job)).finally(() => this.#waiting--)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    await this.#last
  }

  async #work({ image, points, box, mask }: MaskJob): Promise<MaskAnswer> {
    const photo = await this.#download(image, AbortSignal.timeout(DOWNLOAD_MS))
    const size = await this.#sam.sizeOf(photo)
    const found =
      mask === null
        ? await this.#sam.at(photo, [
            ...inside(points, size),
            ...(box === null ? [] : around(box, size)),
          ])
        : await this.#refined(photo, size, mask)
    const png = Buffer.from(await this.#encode(found.mask)).toString('base64')
    return {
      width: found.mask.width,
      height: found.mask.height,
      mask: `data:image/png;base64,${png}`,
      rle: runLengths(found.mask),
      score: found.score,
    }
  }

  async #refined(
    photo: Uint8Array,
    size: Size,
    rough: string,
  ): Promise<Omit<Found, 'score'> & { score: null }> {
    const mask = await decodePngMask(Buffer.from(rough, 'base64'))
    checkMask(mask, size)
    return { mask: await this.#sam.refine(photo, mask), score: null }
  }
}

/** @throws EditError `invalid_option` for a point outside the photo */
function inside(points: MaskJob['points'], { width, height }: Size): Prompt[] {
  points.forEach(({ x, y }, i) => {
    if (x <= width && y <= height) return
    throw new EditError(
      'invalid_option',
      `points[${i}] (${x}, ${y}) is outside the image of ${width}x${height}`,
      { pointer: `/points/${i}` },
    )
  })
  return [...points]
}

/**
 * A box as points, as the two-file export takes only points: the centre is on the thing, points
 * just outside the sides and corners are not.
 */
function around({ left, top, width, height }: NonNullable<MaskJob['box']>, size: Size): Prompt[] {
  const [right, bottom] = [left + width, top + height]
  if (right > size.width || bottom > size.height)
    throw new EditError(
      'invalid_option',
      `the box ends at (${right}, ${bottom}), outside the image of ${size.width}x${size.height}`,
      { pointer: '/box' },
    )
  const middle = { x: left + width / 2, y: top + height / 2 }
  const gap = 0.05 * Math.max(width, height)
  const outside = [left - gap, middle.x, right + gap].flatMap((x) =>
    [top - gap, middle.y, bottom + gap].map((y) => ({ x, y, on: false })),
  )
  const inImage = outside.filter(
    ({ x, y }) =>
      x >= 0 && y >= 0 && x < size.width && y < size.height && !(x === middle.x && y === middle.y),
  )
  return [{ ...middle, on: true }, ...inImage]
}

/** Run lengths by columns, starting with zeros (pycocotools, uncompressed). */
export function runLengths({ width, height, data }: Mask): MaskAnswer['rle'] {
  const counts: number[] = []
  let value = 0
  let run = 0
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) {
      if (data[y * width + x] !== value) {
        counts.push(run)
        run = 0
        value = 1 - value
      }
      run++
    }
  counts.push(run)
  return { size: [height, width], counts }
}

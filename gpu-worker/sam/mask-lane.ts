/**
 * Masks beside the edits: one at a time, in a lane of its own, so that a click does not wait for a
 * run. What is too much is told to come back.
 */

import type { Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import { checkMask, type Mask } from '../../shared/mask.ts'
import type { MaskAnswer, MaskJob } from '../../shared/mask-request.ts'
import type { Found, Prompt, Sam } from './sam.ts'

/** More than this many waiting are refused. */
const MAX_WAITING = 8
const DOWNLOAD_MS = 20_000

/** What fetches a photo by its signed URL. */
export type Download = (url: string, signal: AbortSignal) => Promise<Uint8Array>
/** What writes a mask as a PNG. */
export type Encode = (mask: Mask) => Promise<Uint8Array>

export class MaskLane {
  readonly #sam: Sam
  readonly #download: Download
  readonly #encode: Encode
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(sam: Sam, download: Download, encode: Encode) {
    this.#sam = sam
    this.#download = download
    this.#encode = encode
  }

  /** @throws EditError `conflict` while too many wait, and what the photo or the points are refused for */
  async find(job: MaskJob): Promise<MaskAnswer> {
    if (this.#waiting >= MAX_WAITING)
      throw new EditError('conflict', `${MAX_WAITING} masks wait already`, { retryAfter: 1 })
    this.#waiting++
    const turn = this.#last.then(() => this.#work(job)).finally(() => this.#waiting--)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** When everything that was asked for is done. */
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

/** @throws EditError `invalid_option` for a point outside of the photo */
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
 * A box as points, which is what the two-file form takes: its middle is the thing, and what lies
 * just outside of its sides and corners is not.
 */
function around({ left, top, width, height }: NonNullable<MaskJob['box']>, size: Size): Prompt[] {
  const [right, bottom] = [left + width, top + height]
  if (right > size.width || bottom > size.height)
    throw new EditError(
      'invalid_option',
      `the box to (${right}, ${bottom}) is outside the image of ${size.width}x${size.height}`,
      { pointer: '/box' },
    )
  const middle = { x: left + width / 2, y: top + height / 2 }
  const gap = 0.05 * Math.max(width, height)
  const beside = [left - gap, middle.x, right + gap].flatMap((x) =>
    [top - gap, middle.y, bottom + gap].map((y) => ({ x, y, on: false })),
  )
  const shown = beside.filter(
    ({ x, y }) =>
      x >= 0 && y >= 0 && x < size.width && y < size.height && !(x === middle.x && y === middle.y),
  )
  return [{ ...middle, on: true }, ...shown]
}

/** Run lengths down the columns, beginning with zeros (pycocotools, uncompressed). */
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

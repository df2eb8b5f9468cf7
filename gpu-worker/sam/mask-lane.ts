/**
 * Finds masks one at a time, in a queue separate from runs, so that a click does not wait for a
 * run. A full queue responds with Retry-After.
 */

import type { Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import { checkMask, type Mask } from '../../shared/mask.ts'
import type { MaskAnswer, MaskJob } from '../../shared/mask-request.ts'
import { best } from './candidates.ts'
import type { Found } from './decoder.ts'
import type { Prompt } from './prompt.ts'
import type { Sam } from './sam.ts'

/** Most mask jobs that may wait. */
const MAX_WAITING = 8
const DOWNLOAD_MS = 20_000

/** Downloads a photo by its signed URL. */
export type DownloadPhoto = (url: string, signal: AbortSignal) => Promise<Uint8Array>
/** SAM, which may be loaded only when it is first asked for. */
export type OpenSam = () => Promise<Sam>
/** Encodes a mask as a PNG. */
export type EncodeMask = (mask: Mask) => Promise<Uint8Array>

export class MaskLane {
  readonly #open: OpenSam
  readonly #download: DownloadPhoto
  readonly #encode: EncodeMask
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(open: OpenSam, download: DownloadPhoto, encode: EncodeMask) {
    this.#open = open
    this.#download = download
    this.#encode = encode
  }

  /** @throws EditError `conflict` if the queue is full, and others for the photo or the points */
  async find(job: MaskJob): Promise<MaskAnswer> {
    if (this.#waiting >= MAX_WAITING)
      throw new EditError('conflict', `${MAX_WAITING} mask requests are already waiting`, {
        retryAfter: 1,
      })
    this.#waiting++
    const turn = this.#last.then(() => this.#work(job)).finally(() => this.#waiting--)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    await this.#last
  }

  async #work({ image, points, box, mask, candidates }: MaskJob): Promise<MaskAnswer> {
    const photo = await this.#download(image, AbortSignal.timeout(DOWNLOAD_MS))
    const sam = await this.#open()
    if (mask !== null) return this.#answer(await refined(sam, photo, mask), null)
    const prompt = inside({ points, box }, await sam.sizeOf(photo))
    if (!candidates) {
      const { mask: found, score } = await sam.find(photo, prompt)
      return this.#answer(found, score)
    }
    const found = await sam.candidates(photo, prompt)
    const { mask: trusted, score } = best(found)
    return {
      ...(await this.#answer(trusted, score)),
      candidates: await Promise.all(found.map((one) => this.#candidate(one))),
    }
  }

  async #candidate({ mask, score }: Found) {
    return { mask: await this.#dataUrl(mask), score }
  }

  async #answer(mask: Mask, score: number | null): Promise<MaskAnswer> {
    const { width, height } = mask
    return { width, height, mask: await this.#dataUrl(mask), rle: runLengths(mask), score }
  }

  async #dataUrl(mask: Mask): Promise<string> {
    return `data:image/png;base64,${Buffer.from(await this.#encode(mask)).toString('base64')}`
  }
}

async function refined(sam: Sam, photo: Uint8Array, rough: string): Promise<Mask> {
  const mask = await decodePngMask(Buffer.from(rough, 'base64'))
  checkMask(mask, await sam.sizeOf(photo))
  return sam.refine(photo, mask)
}

/** @throws EditError `invalid_option` for a point or a box outside the photo */
function inside({ points, box }: Prompt, { width, height }: Size): Prompt {
  points.forEach(({ x, y }, i) => {
    if (x <= width && y <= height) return
    throw new EditError(
      'invalid_option',
      `points[${i}] (${x}, ${y}) is outside the image of ${width}x${height}`,
      { pointer: `/points/${i}` },
    )
  })
  const [right, bottom] = box === null ? [0, 0] : [box.left + box.width, box.top + box.height]
  if (right > width || bottom > height)
    throw new EditError(
      'invalid_option',
      `the box ends at (${right}, ${bottom}), outside the image of ${width}x${height}`,
      { pointer: '/box' },
    )
  return { points, box }
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

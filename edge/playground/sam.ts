/**
 * Asks the API for masks by SAM. The shown copy is uploaded by the first question. Where there is no
 * SAM, or no token, there are no answers.
 */

import { type ContextDrag, ContextDragError } from '../../client/index.ts'
import { type LabImage, labImage } from '../../shared/segmentation/lab.ts'
import type { SamAnswer, SamPrompt } from '../../shared/segmentation/things/sam-answer.ts'
import { readMask } from './edit/mask-png.ts'
import type { ShownPhoto } from './edit/photo.ts'
import { Questions } from './edit/questions.ts'

/** Quality of the copy that is sent. */
const QUALITY = 0.95
/** After this, nobody is waiting for an outline any more. */
const ANSWER_MS = 30_000
/** Errors with a longer wait than this are not asked about again before the page is loaded again. */
const SOON_SECONDS = 60

export class SamAsker {
  readonly #api: () => Promise<ContextDrag | null>
  readonly #questions = new Questions(ANSWER_MS)
  #photo: ShownPhoto | null = null
  #upload: Promise<string> | null = null
  #image: LabImage | null = null
  #none = false

  /** @param api null while the page has no token */
  constructor(api: () => Promise<ContextDrag | null>) {
    this.#api = api
  }

  /** Later questions are about this photo. */
  open(photo: ShownPhoto): void {
    this.#photo = photo
    this.#upload = null
    this.#image = null
  }

  /** The shown copy, for its edges. @throws Error before a photo is open */
  get image(): LabImage {
    if (this.#photo === null) throw new Error('no photo is open')
    const { shown } = this.#photo
    this.#image ??= labImage(
      shown,
      { left: 0, top: 0, ...shown },
      Math.max(shown.width, shown.height),
    )
    return this.#image
  }

  /** The masks that a prompt may mean, smallest first; none without SAM, or for a photo that is closed. */
  async ask(prompt: SamPrompt): Promise<SamAnswer[]> {
    const photo = this.#photo
    if (photo === null) return []
    const { width, height } = photo.shown
    try {
      const api = await this.#api()
      if (api === null) return []
      const { off = [], box } = prompt
      const points = [
        ...prompt.points.map((at) => ({ ...at, on: true })),
        ...off.map((at) => ({ ...at, on: false })),
      ]
      this.#upload ??= jpegOf(photo.shown).then((copy) => api.upload(copy))
      const image = { upload: await this.#upload }
      const request = { image, points, ...(box !== null && { box }), candidates: true }
      const { candidates = [] } = await this.#questions.ask(async (signal) =>
        this.#none || this.#photo !== photo
          ? { candidates: [] }
          : api.mask(request, { signal, retry: false }),
      )
      return await Promise.all(
        candidates.map(async ({ mask, score }) => {
          const png = await (await fetch(mask)).blob()
          return { mask: await readMask(png, width, height), score }
        }),
      )
    } catch (error) {
      if (!isExpected(error)) throw error
      // A photo that is gone is sent again by the next question.
      if (this.#photo === photo) this.#upload = null
      if (error instanceof ContextDragError && (error.retryAfter ?? 0) > SOON_SECONDS)
        this.#none = true
      return []
    }
  }
}

/** The API refuses, cannot be reached, or takes too long. */
function isExpected(error: unknown): boolean {
  if (error instanceof ContextDragError || error instanceof TypeError) return true
  return error instanceof DOMException && error.name === 'TimeoutError'
}

async function jpegOf({ width, height, data }: ShownPhoto['shown']): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
}

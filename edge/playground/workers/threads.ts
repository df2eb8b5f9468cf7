/** The page's Web Workers. Of several requested previews only the latest is drawn. */

import type { Drag } from '../../../shared/drag.ts'
import type { FieldOptions } from '../../../shared/geometry/fields/part-fields.ts'
import type { InstantEdit } from '../../../shared/instant/instant.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import type { Hints } from '../../../shared/segmentation/seeds.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import type {
  FromInstant,
  FromPreview,
  FromSegmenter,
  ToInstant,
  ToPreview,
  ToSegmenter,
} from './messages.ts'

/** Finds things. */
export class SegmenterThread {
  readonly #worker = new Worker(new URL('./segment.ts', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, (mask: Mask | null) => void>()
  #next = 1

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromSegmenter>) => {
      this.#waiting.get(data.id)?.(data.mask)
      this.#waiting.delete(data.id)
    })
  }

  open(pixels: Pixels): void {
    this.#send({ type: 'open', pixels })
  }

  async segment(hints: Hints): Promise<Mask> {
    const mask = await this.#ask((id) => ({ type: 'segment', id, hints }))
    if (mask === null) throw new Error('the segmenter returned no mask')
    return mask
  }

  /** A mask with what it has left of its thing; null if that is nothing. @param others white on what stays */
  complete(mask: Mask, others: Mask): Promise<Mask | null> {
    return this.#ask((id) => ({ type: 'complete', id, mask, others }))
  }

  #ask(question: (id: number) => ToSegmenter): Promise<Mask | null> {
    const id = this.#next++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#send(question(id))
    })
  }

  #send(message: ToSegmenter): void {
    this.#worker.postMessage(message)
  }
}

/** Draws previews, one at a time. */
export class PreviewThread {
  readonly #worker = new Worker(new URL('./preview.ts', import.meta.url), { type: 'module' })
  readonly #onFrame: (reply: FromPreview) => void
  #busy = false
  #latest: { readonly drags: readonly Drag[]; readonly field: FieldOptions } | null = null
  #picture: Uint8ClampedArray<ArrayBuffer> | null = null
  #frame = 0

  /** @param onFrame called for every drawn frame */
  constructor(onFrame: (reply: FromPreview) => void) {
    this.#onFrame = onFrame
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromPreview>) => {
      this.#busy = false
      this.#onFrame(data)
      this.#go()
    })
  }

  attach(canvas: OffscreenCanvas): void {
    this.#worker.postMessage({ type: 'canvas', canvas } satisfies ToPreview, [canvas])
  }

  open(pixels: Pixels, grid: TokenGrid): void {
    this.#send({ type: 'open', pixels, grid })
  }

  mask(mask: Mask | null): void {
    this.#send({ type: 'mask', mask })
  }

  draw(drags: readonly Drag[], field: FieldOptions): void {
    this.#latest = { drags, field }
    this.#picture = null
    this.#go()
  }

  /** Shows a picture of the shown copy's size until the next preview is drawn. */
  picture(picture: Uint8ClampedArray<ArrayBuffer>): void {
    this.#picture = picture
    this.#go()
  }

  #go(): void {
    if (this.#busy) return
    if (this.#latest !== null) {
      const latest = this.#latest
      this.#latest = null
      this.#busy = true
      this.#send({ type: 'draw', frame: ++this.#frame, ...latest })
    } else if (this.#picture !== null) {
      const picture = this.#picture
      this.#picture = null
      this.#worker.postMessage({ type: 'picture', picture } satisfies ToPreview, [picture.buffer])
    }
  }

  #send(message: ToPreview): void {
    this.#worker.postMessage(message)
  }
}

type OnPicture = (picture: Uint8ClampedArray<ArrayBuffer>) => void

/**
 * Makes the pictures of instant edits. A newer one ends the one before. A worker that is done is kept,
 * as its code is compiled by then.
 */
export class InstantThread {
  #worker: Worker | null = null
  /** Takes the picture of the edit in progress; null while there is none. */
  #take: OnPicture | null = null

  /** @param onPicture called with RGBA, unless the edit is stopped or does not fit the mask */
  edit(pixels: Pixels, edit: InstantEdit, onPicture: OnPicture): void {
    this.stop()
    this.#take = onPicture
    this.#worker ??= this.#start()
    this.#worker.postMessage({ pixels, edit } satisfies ToInstant)
  }

  /** Ends the edit in progress; nothing is called any more. */
  stop(): void {
    if (this.#take === null) return
    this.#take = null
    this.#worker?.terminate()
    this.#worker = null
  }

  #start(): Worker {
    const worker = new Worker(new URL('./instant.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data: { picture } }: MessageEvent<FromInstant>) => {
      if (this.#worker !== worker) return
      const take = this.#take
      this.#take = null
      if (picture !== null) take?.(picture)
    })
    return worker
  }
}

/** The page's two Web Workers. Of several requested previews only the latest is drawn. */

import type { Drag } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import type { Hints } from '../../../shared/segmentation/seeds.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import type { FromPreview, FromSegmenter, ToPreview, ToSegmenter } from './messages.ts'

/** Finds things. */
export class SegmenterThread {
  readonly #worker = new Worker(new URL('./segment.ts', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, (mask: Mask) => void>()
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

  segment(hints: Hints): Promise<Mask> {
    const id = this.#next++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#send({ type: 'segment', id, hints })
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
  #latest: { readonly drags: readonly Drag[]; readonly power: number } | null = null
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

  draw(drags: readonly Drag[], power: number): void {
    this.#latest = { drags, power }
    this.#go()
  }

  #go(): void {
    if (this.#busy || this.#latest === null) return
    const latest = this.#latest
    this.#latest = null
    this.#busy = true
    this.#send({ type: 'draw', frame: ++this.#frame, ...latest })
  }

  #send(message: ToPreview): void {
    this.#worker.postMessage(message)
  }
}

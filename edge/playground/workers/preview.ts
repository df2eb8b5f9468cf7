/** Web Worker that draws the preview into the page's canvas. */

import { EditError } from '../../../shared/errors.ts'
import { Preview } from '../preview/preview.ts'
import type { FromPreview, ToPreview } from './messages.ts'

let canvas: OffscreenCanvas | null = null
let preview: Preview | null = null
/** Whether a picture covers the preview. */
let covered = false

addEventListener('message', ({ data }: MessageEvent<ToPreview>) => {
  switch (data.type) {
    case 'canvas':
      canvas = data.canvas
      resize()
      break
    case 'open':
      preview = new Preview(data.pixels, data.grid)
      resize()
      break
    case 'mask':
      preview?.setMask(data.mask)
      break
    case 'draw':
      draw(data)
      break
    case 'picture':
      cover(data.picture)
  }
})

/** Shows a picture of the preview's size instead of it. */
function cover(picture: Uint8ClampedArray<ArrayBuffer>): void {
  if (preview === null || canvas === null) return
  const { width, height } = preview
  if (picture.length !== 4 * width * height) return
  canvas.getContext('2d')?.putImageData(new ImageData(picture, width, height), 0, 0)
  covered = true
}

/** Resizes the canvas to the picture and draws all of it. */
function resize(): void {
  if (preview === null || canvas === null) return
  canvas.width = preview.width
  canvas.height = preview.height
  show({ left: 0, top: 0, right: preview.width, bottom: preview.height })
}

function draw({ frame, drags, field }: ToPreview & { readonly type: 'draw' }): void {
  const start = performance.now()
  let problem: string | null = null
  try {
    if (preview !== null) show(preview.draw(drags, field))
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    problem = error.message
    if (preview !== null) show(preview.draw([], field))
  }
  const milliseconds = performance.now() - start
  postMessage({ frame, milliseconds, problem } satisfies FromPreview)
}

function show(changed: ReturnType<Preview['draw']>): void {
  if (preview === null || canvas === null) return
  const whole = { left: 0, top: 0, right: preview.width, bottom: preview.height }
  const { left, top, right, bottom } = covered ? whole : changed
  covered = false
  if (right <= left || bottom <= top) return
  const image = new ImageData(preview.bytes, preview.width, preview.height)
  const context = canvas.getContext('2d')
  context?.putImageData(image, 0, 0, left, top, right - left, bottom - top)
}

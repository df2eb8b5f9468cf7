/** Web Worker that draws the preview into the page's canvas. */

import { EditError } from '../../../shared/errors.ts'
import { Preview } from '../preview/preview.ts'
import type { FromPreview, ToPreview } from './messages.ts'

let canvas: OffscreenCanvas | null = null
let preview: Preview | null = null

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
  }
})

/** Resizes the canvas to the picture and draws all of it. */
function resize(): void {
  if (preview === null || canvas === null) return
  canvas.width = preview.width
  canvas.height = preview.height
  show({ left: 0, top: 0, right: preview.width, bottom: preview.height })
}

function draw({ frame, drags, power }: ToPreview & { readonly type: 'draw' }): void {
  const start = performance.now()
  let problem: string | null = null
  try {
    if (preview !== null) show(preview.draw(drags, power))
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    problem = error.message
    if (preview !== null) show(preview.draw([]))
  }
  const milliseconds = performance.now() - start
  postMessage({ frame, milliseconds, problem } satisfies FromPreview)
}

function show({ left, top, right, bottom }: ReturnType<Preview['draw']>): void {
  if (preview === null || canvas === null || right <= left || bottom <= top) return
  const image = new ImageData(preview.bytes, preview.width, preview.height)
  const context = canvas.getContext('2d')
  context?.putImageData(image, 0, 0, left, top, right - left, bottom - top)
}

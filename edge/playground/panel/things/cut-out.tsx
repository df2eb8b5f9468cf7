/** A thing as a small picture of itself. */

import { useEffect, useRef } from 'preact/hooks'
import type { Mask } from '../../../../shared/mask.ts'
import type { ShownPhoto } from '../../edit/photo.ts'

/** Side, in pixels of the canvas. */
const SIDE = 72

export function CutOut(props: { readonly shown: ShownPhoto['shown']; readonly mask: Mask | null }) {
  const { shown, mask } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null && mask !== null) draw(canvas.current, shown, mask)
  }, [shown, mask])
  return <canvas ref={canvas} class="cut-out" width={SIDE} height={SIDE} />
}

function draw(canvas: HTMLCanvasElement, shown: ShownPhoto['shown'], mask: Mask): void {
  const { width, data } = mask
  let [left, top, right, bottom] = [width, mask.height, 0, 0]
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const x = at % width
    const y = (at - x) / width
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + 1)
    bottom = Math.max(bottom, y + 1)
  }
  if (right <= left) return
  const image = new ImageData(right - left, bottom - top)
  const from = new Uint32Array(shown.data.buffer, shown.data.byteOffset, data.length)
  const to = new Uint32Array(image.data.buffer)
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++)
      if (data[y * width + x] === 1)
        to[(y - top) * image.width + x - left] = from[y * width + x] as number
  const cut = new OffscreenCanvas(image.width, image.height)
  cut.getContext('2d')?.putImageData(image, 0, 0)
  const scale = SIDE / Math.max(image.width, image.height)
  const [wide, tall] = [image.width * scale, image.height * scale]
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, SIDE, SIDE)
  context.imageSmoothingQuality = 'high'
  context.drawImage(cut, (SIDE - wide) / 2, (SIDE - tall) / 2, wide, tall)
}

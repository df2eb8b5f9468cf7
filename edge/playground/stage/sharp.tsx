/**
 * The photo in its own pixels, over the copy, where the view enlarges it and nothing moves. The copy is
 * smaller, and would look soft.
 */

import { useEffect, useRef } from 'preact/hooks'
import type { Point } from '../../../shared/drag.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import type { Viewport } from './viewport.ts'

export type SharpProps = {
  readonly photo: ShownPhoto
  readonly viewport: Viewport
  /** Lines around what moves, at its old and at its new place, in pixels of the shown copy. */
  readonly moving: readonly (readonly Point[])[]
}

/** What an edit may change beside the lines, in pixels of the shown copy. */
const RIM = 24
/** The view is drawn once it rests. */
const REST_MS = 120

export function Sharp({ photo, viewport, moving }: SharpProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const decoded = useRef<{ photo: ShownPhoto; bitmap: Promise<ImageBitmap> } | null>(null)
  const scale = photo.shown.width / photo.size.width
  const enlarged = scale < 1 && viewport.scale * devicePixelRatio > 1
  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    element.hidden = true
    if (!enlarged) return
    let current = true
    const draw = async () => {
      if (decoded.current?.photo !== photo) {
        const bitmap = createImageBitmap(photo.source.file, { imageOrientation: 'from-image' })
        decoded.current = { photo, bitmap }
      }
      const bitmap = await decoded.current.bitmap
      if (!current) return
      paint(element, bitmap, viewport, scale, moving)
      element.hidden = false
    }
    const timer = setTimeout(() => void draw(), REST_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [photo, viewport, moving, enlarged])
  return <canvas class="sharp" ref={canvas} hidden data-testid="sharp" />
}

function paint(
  canvas: HTMLCanvasElement,
  bitmap: ImageBitmap,
  viewport: Viewport,
  scale: number,
  moving: SharpProps['moving'],
): void {
  const parent = canvas.parentElement
  const context = canvas.getContext('2d')
  if (parent === null || context === null) return
  canvas.width = Math.round(parent.clientWidth * devicePixelRatio)
  canvas.height = Math.round(parent.clientHeight * devicePixelRatio)
  context.scale(devicePixelRatio, devicePixelRatio)
  context.translate(viewport.x, viewport.y)
  context.scale(viewport.scale, viewport.scale)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, bitmap.width * scale, bitmap.height * scale)
  context.globalCompositeOperation = 'destination-out'
  context.lineWidth = 2 * RIM
  context.lineJoin = 'round'
  context.beginPath()
  for (const line of moving) {
    line.forEach(({ x, y }, i) => {
      if (i === 0) context.moveTo(x, y)
      else context.lineTo(x, y)
    })
    context.closePath()
  }
  context.fill()
  context.stroke()
}

/** Small pictures for the report: the photo with its drags and its mask, and results. */

import sharp from 'sharp'
import { type Drag, isPin, type Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import type { CaseMask, EvaluationCase } from '../case.ts'
import type { Picture } from '../picture.ts'

/** Longest side, in pixels. */
const SIDE = 288
const QUALITY = 78
/** Colours of masks, RGBA: what moves, and what may change. */
const TINTS = { object: [255, 176, 0, 120], editable: [90, 170, 255, 90] } as const

/** The photo with its mask, and its drags as benchmarks draw them: from red to blue. */
export function caseThumbnail(one: EvaluationCase): Promise<Buffer> {
  return overlaid(one, one.mask)
}

/** The photo with its drags and what an engine moved. */
export function movedThumbnail(one: EvaluationCase, moved: Mask): Promise<Buffer> {
  return overlaid(one, { kind: 'object', mask: moved })
}

async function overlaid(
  { photo, size, drags }: EvaluationCase,
  mask: CaseMask | null,
): Promise<Buffer> {
  const small = smaller(size)
  const base = sharp(photo)
    .rotate()
    .flatten({ background: 'white' })
    .resize(small.width, small.height, { fit: 'fill' })
  const tint = mask === null ? [] : [{ input: await tinted(mask, small) }]
  const layers = [...tint, { input: Buffer.from(arrows(drags, size, small)) }]
  return sharp(await base.png().toBuffer())
    .composite(layers)
    .webp({ quality: QUALITY })
    .toBuffer()
}

export function resultThumbnail(picture: Picture): Promise<Buffer> {
  const { width, height } = smaller(picture)
  return sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } })
    .removeAlpha()
    .resize(width, height, { fit: 'fill' })
    .webp({ quality: QUALITY })
    .toBuffer()
}

function smaller({ width, height }: Size): Size {
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  return { width: side(width), height: side(height) }
}

function tinted({ kind, mask: { width, height, data } }: CaseMask, small: Size): Promise<Buffer> {
  const tint = Buffer.alloc(4 * width * height)
  data.forEach((value, at) => {
    if (value === 1) tint.set(TINTS[kind], 4 * at)
  })
  return sharp(tint, { raw: { width, height, channels: 4 } })
    .resize(small.width, small.height, { fit: 'fill' })
    .png()
    .toBuffer()
}

/** White lines from red handles to blue targets; pins are a ring. */
function arrows(drags: readonly Drag[], size: Size, small: Size): string {
  const scale = small.width / size.width
  const at = (value: number) => (value * scale).toFixed(1)
  const marks = drags.map((drag) => {
    const { handle, target } = drag
    const [x, y, tx, ty] = [handle.x, handle.y, target.x, target.y].map(at)
    if (isPin(drag))
      return `<circle cx="${x}" cy="${y}" r="5" fill="none" stroke="#fff" stroke-width="4"/><circle cx="${x}" cy="${y}" r="5" fill="none" stroke="#d00" stroke-width="2"/>`
    const line = `M${x} ${y}L${tx} ${ty}`
    return (
      `<path d="${line}" stroke="#000" stroke-opacity=".55" stroke-width="4"/>` +
      `<path d="${line}" stroke="#fff" stroke-width="2"/>` +
      `<circle cx="${x}" cy="${y}" r="4.5" fill="#d00" stroke="#fff"/>` +
      `<circle cx="${tx}" cy="${ty}" r="4.5" fill="#0047ff" stroke="#fff"/>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${small.width}" height="${small.height}">${marks.join('')}</svg>`
}

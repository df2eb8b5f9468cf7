/** Pictures as a judge sees them: plain, with the drags on the photo, and with the targets on the result. */

import sharp from 'sharp'
import { type Drag, isPin, type Point, type Size } from '../../../shared/drag.ts'
import type { Picture } from '../../picture.ts'

/** Larger pictures are reduced to this longer side; judges do it anyway. */
const SIDE = 1024
/** Sizes of DragBench's drawings, whose pictures are 512 wide. */
const DRAWN_AT = 512
const DOT = 10
const LINE = 4
/** An arrow's head, as a part of its length, and at most so many dots long. */
const HEAD = 0.5
const LONGEST_HEAD = 2

/** A PNG of a picture. */
export function shown(picture: Picture): Promise<Buffer> {
  return drawnOn(picture, '')
}

/** The photo with its drags: red dots on handles, blue dots on targets, white arrows between them. */
export function dragMap(photo: Picture, drags: readonly Drag[]): Promise<Buffer> {
  const scale = scaleOf(photo)
  const arrows = drags.filter((drag) => !isPin(drag)).map((drag) => arrow(drag, scale))
  const dots = drags.map(
    ({ handle, target }) => dot(handle, 'red', scale) + dot(target, 'blue', scale),
  )
  return drawnOn(photo, arrows.join('') + dots.join(''))
}

/** The result with blue dots on the targets. */
export function withTargets(result: Picture, drags: readonly Drag[]): Promise<Buffer> {
  const scale = scaleOf(result)
  return drawnOn(result, drags.map(({ target }) => dot(target, 'blue', scale)).join(''))
}

function scaleOf({ width, height }: Size): number {
  return Math.max(width, height) / DRAWN_AT
}

function dot({ x, y }: Point, colour: string, scale: number): string {
  return `<circle cx="${x}" cy="${y}" r="${DOT * scale}" fill="${colour}"/>`
}

function arrow({ handle, target }: Drag, scale: number): string {
  const [dx, dy] = [target.x - handle.x, target.y - handle.y]
  const length = Math.hypot(dx, dy)
  const head = Math.min(HEAD * length, LONGEST_HEAD * DOT * scale)
  const turn = (side: 1 | -1) => {
    const [x, y] = [(-dx * head) / length, (-dy * head) / length]
    return `${target.x + x - (side * y) / 2},${target.y + y + (side * x) / 2}`
  }
  const stroke = `fill="none" stroke="white" stroke-width="${LINE * scale}"`
  return (
    `<path d="M${handle.x},${handle.y}L${target.x},${target.y}" ${stroke}/>` +
    `<path d="M${turn(1)}L${target.x},${target.y}L${turn(-1)}" ${stroke}/>`
  )
}

async function drawnOn(picture: Picture, shapes: string): Promise<Buffer> {
  const { width, height, data } = picture
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) }
  const reduced = await sharp(data, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .resize({ ...size, fit: 'fill' })
    .png()
    .toBuffer()
  if (shapes === '') return reduced
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${shapes}</svg>`
  return sharp(reduced)
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .png()
    .toBuffer()
}

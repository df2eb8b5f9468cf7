/** Draws a plan over the photo: source tokens, target tokens, vacated tokens and the drags. */

import { type Drag, isPin, type Size } from '../../shared/drag.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import { decoded, openPhoto } from './open-photo.ts'

/**
 * Source tokens in orange, target tokens in blue, vacated ones hatched, over the photo dimmed
 * outside the edit region.
 */
const COLOURS = {
  source: '#ff9f1c',
  vacated: '#ffffff',
  handle: '#e5383b',
  target: '#2f80ff',
}

/**
 * A PNG of the photo with the plan drawn over it.
 *
 * @param area the part of the photo that the plan is for
 * @throws EditError as {@link openPhoto}, `image_truncated`
 */
export async function planPicture(
  photo: Uint8Array,
  size: Size,
  drags: readonly Drag[],
  plan: DragPlan,
  area: Rectangle = { left: 0, top: 0, ...size },
): Promise<Uint8Array> {
  const overlay = Buffer.from(planSvg(size, drags, plan, area))
  return decoded(
    openPhoto(photo)
      .toColourspace('srgb')
      .composite([{ input: overlay }])
      .png()
      .toBuffer(),
  )
}

function planSvg(size: Size, drags: readonly Drag[], plan: DragPlan, area: Rectangle): string {
  const { grid } = plan
  const width = area.width / grid.cols
  const height = area.height / grid.rows
  const targets = new Set(plan.targets)
  const region = new Set(plan.editRegion)
  const cells = (indices: readonly number[]) =>
    indices
      .map(
        (index) =>
          `M${area.left + (index % grid.cols) * width} ${area.top + Math.floor(index / grid.cols) * height}h${width}v${height}h${-width}z`,
      )
      .join('')
  const kept = Array.from({ length: grid.rows * grid.cols }, (_, i) => i).filter(
    (i) => !region.has(i),
  )
  const vacated = plan.sourceMask.filter((index) => !targets.has(index))
  const unit = Math.max(size.width, size.height) / 512
  const marks = drags.map((drag) => mark(drag, unit)).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
    <defs><pattern id="hatch" width="${8 * unit}" height="${8 * unit}" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
      <rect width="${3 * unit}" height="${8 * unit}" fill="${COLOURS.vacated}" fill-opacity=".75"/></pattern></defs>
    <path d="${cells(kept)}" fill="#000" fill-opacity=".45"/>
    <path d="${cells(plan.sourceMask)}" fill="${COLOURS.source}" fill-opacity=".35"/>
    <path d="${cells(vacated)}" fill="url(#hatch)"/>
    <path d="${cells(plan.targets)}" fill="${COLOURS.target}" fill-opacity=".4"/>
    ${marks}</svg>`
}

/** An arrow from handle to target, or a pin's ring. */
function mark({ handle, target }: Drag, unit: number): string {
  const radius = 6 * unit
  const dot = (x: number, y: number, fill: string) =>
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}" stroke="#fff" stroke-width="${2 * unit}"/>`
  if (isPin({ handle, target })) return dot(handle.x, handle.y, '#222')
  const angle = (Math.atan2(target.y - handle.y, target.x - handle.x) * 180) / Math.PI
  const head = `<path d="M0 0l${-14 * unit} ${-7 * unit}v${14 * unit}z" fill="#fff" transform="translate(${target.x} ${target.y}) rotate(${angle}) translate(${-radius} 0)"/>`
  return `<line x1="${handle.x}" y1="${handle.y}" x2="${target.x}" y2="${target.y}" stroke="#fff" stroke-width="${4 * unit}"/>
    ${head}${dot(handle.x, handle.y, COLOURS.handle)}${dot(target.x, target.y, COLOURS.target)}`
}

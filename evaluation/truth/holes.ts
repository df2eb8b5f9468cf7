/** Shapes like those of things with limbs: one large disc, and smaller ones that overlap it. */

import type { Size } from '../../shared/drag.ts'
import { Random } from '../../shared/instant/random.ts'

/** Flags of a shape in a picture. @param part of the picture that it takes, about */
export function holeIn({ width, height }: Size, part: number, seed: number): Uint8Array {
  const random = new Random(seed)
  const between = (least: number, most: number) =>
    least + ((most - least) * random.below(1000)) / 999
  const radius = Math.sqrt((part * width * height) / Math.PI) * 0.75
  const reach = 2.1 * radius + 8
  const cx = between(Math.min(reach, width / 2), Math.max(width - reach, width / 2))
  const cy = between(Math.min(reach, height / 2), Math.max(height - reach, height / 2))
  const discs = Array.from({ length: 6 }, (_, i) => {
    const angle = between(0, 2 * Math.PI)
    const away = i === 0 ? 0 : between(0.5, 1.2) * radius
    return [
      cx + away * Math.cos(angle),
      cy + away * Math.sin(angle),
      (i === 0 ? 1 : between(0.3, 0.65)) * radius,
    ]
  }) as [number, number, number][]
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const x = at % width
    const y = Math.floor(at / width)
    const inside = x > 3 && y > 3 && x < width - 4 && y < height - 4
    return inside && discs.some(([u, v, r]) => (x - u) ** 2 + (y - v) ** 2 < r * r) ? 1 : 0
  })
}

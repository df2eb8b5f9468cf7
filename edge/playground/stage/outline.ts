/** The outlines of a mask as lines, in its pixels. They stay sharp at any zoom. */

import type { Point } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'

/** How far a line may be from the edges of the pixels. */
const TOLERANCE = 0.75
/** Specks with fewer edges have no line. */
const LEAST = 12
/** The longest line without another point, in edges of pixels. */
const LONGEST = 24

/** Closed lines around the white pixels and around the holes in them. */
export function outlinesOf({ width, height, data }: Mask): Point[][] {
  const white = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1
  const stride = width + 1
  // By corner: the corners that an edge leads to, with white on its right.
  const next = new Map<number, number[]>()
  const edge = (fromX: number, fromY: number, toX: number, toY: number) => {
    const from = fromY * stride + fromX
    const to = toY * stride + toX
    const known = next.get(from)
    if (known === undefined) next.set(from, [to])
    else known.push(to)
  }
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const x = at % width
    const y = (at - x) / width
    if (!white(x, y - 1)) edge(x, y, x + 1, y)
    if (!white(x + 1, y)) edge(x + 1, y, x + 1, y + 1)
    if (!white(x, y + 1)) edge(x + 1, y + 1, x, y + 1)
    if (!white(x - 1, y)) edge(x, y + 1, x, y)
  }
  const lines: Point[][] = []
  for (const start of next.keys()) {
    const corners: Point[] = []
    for (let at: number | undefined = start; at !== undefined; ) {
      const to: number | undefined = next.get(at)?.pop()
      if (to === undefined) break
      corners.push({ x: at % stride, y: Math.floor(at / stride) })
      at = to
    }
    if (corners.length >= LEAST) lines.push(simplified(corners))
  }
  return lines
}

/** Fewer points, none of the others further than the tolerance (Douglas and Peucker). */
function simplified(line: readonly Point[]): Point[] {
  const kept = new Uint8Array(line.length)
  const middle = line.length >> 1
  kept[0] = kept[middle] = 1
  const open: [number, number][] = [
    [0, middle],
    [middle, line.length],
  ]
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range
    const one = line[from] as Point
    const other = line[to % line.length] as Point
    const length = Math.hypot(other.x - one.x, other.y - one.y) || 1
    let far = from
    let most = TOLERANCE
    for (let i = from + 1; i < to; i++) {
      const { x, y } = line[i] as Point
      const cross = (other.x - one.x) * (y - one.y) - (other.y - one.y) * (x - one.x)
      if (Math.abs(cross) / length <= most) continue
      most = Math.abs(cross) / length
      far = i
    }
    // Long lines have points in between, which bend when the thing is stretched.
    if (far === from && to - from > LONGEST) far = (from + to) >> 1
    if (far === from) continue
    kept[far] = 1
    open.push([from, far], [far, to])
  }
  return line.filter((_, i) => kept[i] === 1)
}

/**
 * Points as benchmarks publish them: indices of pixels, handles and targets by turns. A drag is in
 * continuous pixels, so that an index becomes the centre of its pixel.
 */

import { type Drag, MAX_DRAGS, type Point, type Size } from '../../shared/drag.ts'

/** Something of a file that should be `[x, y]`. */
export type Published = unknown

/** @throws Error for a list that is empty, odd in number or too long, and for points outside */
export function dragsOf(points: Published, size: Size): Drag[] {
  const list = listOf(points, 'points')
  if (list.length === 0) throw new Error('it has no points')
  if (list.length % 2 === 1)
    throw new Error(`${list.length} points are no pairs of handle and target`)
  const handles = list.filter((_, i) => i % 2 === 0)
  const targets = list.filter((_, i) => i % 2 === 1)
  return pairsOf(handles, targets, size)
}

/** The same from a list of handles and one of targets. @throws Error */
export function pairsOf(handles: Published, targets: Published, size: Size): Drag[] {
  const [from, to] = [listOf(handles, 'handles'), listOf(targets, 'targets')]
  if (from.length !== to.length)
    throw new Error(`it has ${from.length} handles and ${to.length} targets`)
  if (from.length === 0) throw new Error('it has no points')
  if (from.length > MAX_DRAGS)
    throw new Error(`it has ${from.length} drags; an edit has at most ${MAX_DRAGS}`)
  return from.map((handle, i) => ({
    handle: pointOf(handle, size, `handle ${i + 1}`),
    target: pointOf(to[i], size, `target ${i + 1}`),
  }))
}

/**
 * So many of the pairs of a long list, evenly chosen: regions are published as all of their points.
 *
 * @throws Error for a list that is odd in number
 */
export function thinned(points: Published, most: number): readonly unknown[] {
  const list = listOf(points, 'points')
  if (list.length % 2 === 1)
    throw new Error(`${list.length} points are no pairs of handle and target`)
  const pairs = list.length / 2
  if (pairs <= most) return list
  return Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * pairs) / most)).flatMap(
    (pair) => [list[2 * pair], list[2 * pair + 1]],
  )
}

function pointOf(value: Published, { width, height }: Size, name: string): Point {
  const [x, y, ...rest] = Array.isArray(value) ? value : []
  const isNumber = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one)
  if (!isNumber(x) || !isNumber(y) || rest.length > 0)
    throw new Error(`${name} is not a pair of numbers`)
  if (x < 0 || y < 0 || x >= width || y >= height)
    throw new Error(`${name} (${x}, ${y}) is outside the photo of ${width}x${height}`)
  return { x: Math.min(width, x + 0.5), y: Math.min(height, y + 0.5) }
}

function listOf(value: Published, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`its ${name} are no list`)
}

/** Cases and pictures drawn by formulas, for tests of metrics. */

import type { EvaluationCase } from '../../evaluation/case.ts'
import type { Edited, EvaluatedEngine } from '../../evaluation/engine.ts'
import type { Measured } from '../../evaluation/metric.ts'
import type { Picture } from '../../evaluation/picture.ts'
import type { Drag, Size } from '../../shared/drag.ts'

export type Colour = readonly [number, number, number]

/** A picture by the colour of each pixel; a number is a grey. */
export function drawn(size: Size, colourAt: (x: number, y: number) => Colour | number): Picture {
  const data = new Uint8ClampedArray(4 * size.width * size.height)
  for (let y = 0, at = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++, at += 4) {
      const colour = colourAt(x, y)
      const [r, g, b] = typeof colour === 'number' ? [colour, colour, colour] : colour
      data.set([r, g, b, 255], at)
    }
  return { ...size, data }
}

/** Flags by pixel. */
export function flags(
  { width, height }: Size,
  isOn: (x: number, y: number) => boolean,
): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    Number(isOn(at % width, Math.floor(at / width))),
  )
}

/** A drag between the centres of two pixels. */
export function dragged(from: readonly [number, number], to: readonly [number, number]): Drag {
  return {
    handle: { x: from[0] + 0.5, y: from[1] + 0.5 },
    target: { x: to[0] + 0.5, y: to[1] + 0.5 },
  }
}

/** A case of a size, with what a test gives. */
export function caseOf(size: Size, drags: readonly Drag[], more: Partial<EvaluationCase> = {}) {
  const photo = new Uint8Array()
  const empty = { id: 'case', category: null, photo, mask: null, prompt: '' }
  return { ...empty, size, drags, scored: drags, ...more } satisfies EvaluationCase
}

const noEngine: EvaluatedEngine = {
  name: 'none',
  edit: () => Promise.reject(new Error('no engine')),
  close: async () => {},
}

/** What a metric is given. */
export function measured(
  one: EvaluationCase,
  photo: Picture,
  picture: Picture,
  edited: Partial<Edited> = {},
  engine: EvaluatedEngine = noEngine,
): Measured {
  return { one, photo, edited: { picture, timings: { edit: 1 }, record: {}, ...edited }, engine }
}

export const never = new AbortController().signal

/**
 * The fields of the drags of a mask part, in pixels: the paper's, or a smoother one for models that move
 * pixels instead of tokens.
 */

import type { Drag, Size } from '../../drag.ts'
import type { TokenGrid } from '../../token-grid.ts'
import { dragFields } from '../correspondence.ts'
import { type DisplacementField, evaluateField } from '../displacement.ts'
import type { MaskPart } from '../source-mask.ts'
import { CELL, type PixelField } from './pixel-field.ts'
import { rigidField } from './rigid-field.ts'

/** How displacements go over from drag to drag. */
export const fieldKinds = ['rigid', 'inverse-distance'] as const
export type FieldKind = (typeof fieldKinds)[number]

/** For what moves pixels, where nobody says. Tokens are always moved by the paper's. */
export function defaultField(profile: 'default' | 'paper' = 'default'): FieldKind {
  return profile === 'paper' ? 'inverse-distance' : 'rigid'
}

export type FieldOptions = {
  readonly field: FieldKind
  /** Exponent of the distance. */
  readonly power: number
}

/** Where pixels of a part go, and where landed pixels come from. */
export type PartFields = { readonly forward: PixelField; readonly reverse: PixelField }

const NOWHERE = { anchorU: new Float64Array(), anchorV: new Float64Array() }

/**
 * A picture is drawn by the reverse field, which has one value at every pixel, so that it has no gaps
 * and no pixel with two colours, even where the drags cross.
 *
 * @param grid of the part. The rigid field is in pixels instead, where a turn is a turn
 */
export function partFields(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  part: MaskPart,
  { field: kind, power }: FieldOptions,
): PartFields {
  const rigid = kind === 'rigid'
  const { rows, cols } = rigid ? { rows: image.height, cols: image.width } : grid
  const { forward, reverse } = dragFields(image, { rows, cols }, drags, part, power)
  const scale = { scaleX: cols / image.width, scaleY: rows / image.height }
  const pixels = (field: DisplacementField): PixelField => {
    if (!rigid) return { sharp: field, evaluate: evaluateField.bind(null, field), ...scale }
    const { evaluate, bend } = rigidField(field)
    return { sharp: bend < CELL ? field : NOWHERE, evaluate, ...scale }
  }
  return { forward: pixels(forward), reverse: pixels(reverse) }
}

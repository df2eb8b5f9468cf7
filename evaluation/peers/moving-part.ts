/** What peers move: the mask that our engines move, in parts with drags of their own. */

import type { EditSam } from '../../gpu-worker/mask/edit-sam.ts'
import { findMask } from '../../gpu-worker/mask/find-mask.ts'
import type { Drag } from '../../shared/drag.ts'
import { isPin } from '../../shared/drag.ts'
import type { MaskRecord } from '../../shared/edit/record.ts'
import { packMask } from '../../shared/files/packed-mask.ts'
import { labelComponents, type Scope } from '../../shared/geometry/source-mask.ts'
import { nearestFlagged } from '../../shared/instant/outline/nearest.ts'
import { automaticMask, type Mask, maskAt } from '../../shared/mask.ts'
import type { EvaluationCase } from '../case.ts'

/** A part of the mask that moves with its own drags, pins included. */
export type MovingPart = {
  /** 1 for its pixels, in the whole photo. */
  readonly flags: Uint8Array
  readonly drags: readonly Drag[]
}

/** The mask of a case at the photo's size, and how it was found, as our edits record it. */
export type FoundThing = {
  readonly mask: Mask
  readonly record: MaskRecord
  /** What it took, whoever asked first. */
  readonly milliseconds: number
}

/** Finds the things of cases as our engines do, each case once for all peers. */
export class ThingFinder {
  readonly #sam: () => Promise<EditSam | null>
  readonly #found = new WeakMap<EvaluationCase, Promise<FoundThing>>()

  /** @param sam opened when it is first needed; null to go by colours */
  constructor(sam: () => Promise<EditSam | null>) {
    this.#sam = sam
  }

  /** @throws EditError as an edit; the signal's reason when it is aborted */
  find(one: EvaluationCase, signal: AbortSignal): Promise<FoundThing> {
    let found = this.#found.get(one)
    if (found === undefined) {
      found = this.#search(one, signal)
      this.#found.set(one, found)
      // What failed or was stopped is looked for again the next time.
      found.catch(() => this.#found.delete(one))
    }
    return found
  }

  async #search(one: EvaluationCase, signal: AbortSignal): Promise<FoundThing> {
    const started = performance.now()
    const { photo, size, drags, mask } = one
    const sent = mask?.mask ?? automaticMask(size, drags)
    const areaBefore = shareOf(sent)
    const unfilled = { given: mask !== null, holesFilled: false, areaBefore }
    if (mask?.kind === 'object')
      return {
        mask: maskAt(sent, size),
        record: { ...unfilled, foundBy: null, iterations: 0, areaAfter: areaBefore },
        milliseconds: performance.now() - started,
      }
    const marks = mask === null ? 'automatic' : 'editable'
    const asked = { photo, photoSize: size, sam: await this.#sam(), signal }
    const found = await findMask(asked, { drags, mask: await packMask(sent), marks }, true)
    const { foundBy, iterations } = found.origin
    return {
      mask: maskAt(found.mask, size),
      record: { ...unfilled, foundBy, iterations, areaAfter: shareOf(found.mask) },
      milliseconds: performance.now() - started,
    }
  }
}

function shareOf({ data }: Mask): number {
  return data.reduce((sum, flag) => sum + flag, 0) / data.length
}

/**
 * The parts with a moving drag: connected ones, things, or all of the mask, as the case's `scope` says. A
 * drag belongs to the part at its handle, or else to the nearest.
 */
export function movingParts(one: EvaluationCase, mask: Mask): MovingPart[] {
  const { size, drags, settings } = one
  const label = labelsOf(mask, (settings?.scope as Scope | undefined) ?? 'component')
  const nearest = nearestFlagged(mask.data, size)
  const owner = drags.map(({ handle }) => {
    const x = Math.min(size.width - 1, Math.floor(handle.x))
    const y = Math.min(size.height - 1, Math.floor(handle.y))
    const at = nearest[y * size.width + x] as number
    return at === -1 ? -1 : (label[at] as number)
  })
  const moving = new Set(owner.filter((number, i) => number >= 0 && !isPin(drags[i] as Drag)))
  return [...moving]
    .sort((a, b) => a - b)
    .map((number) => ({
      flags: Uint8Array.from(label, (own) => (own === number ? 1 : 0)),
      drags: drags.filter((_, i) => owner[i] === number),
    }))
}

/** The number of each pixel's part, -1 outside the mask. */
function labelsOf({ width, height, data, things }: Mask, scope: Scope): Int32Array {
  if (scope === 'global') return Int32Array.from(data, (flag) => flag - 1)
  if (things !== undefined) return Int32Array.from(things, (number) => number - 1)
  return labelComponents(data, { rows: height, cols: width })
}

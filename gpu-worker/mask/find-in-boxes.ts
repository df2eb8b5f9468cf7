/** Finds the thing in each of some boxes: by SAM, or else by colours. */

import type { Size } from '../../shared/drag.ts'
import { type BoxMove, boxIn } from '../../shared/edit/moves/box-move.ts'
import { whiteIn } from '../../shared/edit/moves/drags.ts'
import type { MaskRecord } from '../../shared/edit/record.ts'
import type { Warning } from '../../shared/edit/warning.ts'
import { type Mask, maskAt, maskOfThings } from '../../shared/mask.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import { smallPixels } from '../photo/small-pixels.ts'
import { best } from '../sam/candidates.ts'
import type { EditSam } from './edit-sam.ts'

/** An answer with less of itself in the box is not what the box is around. */
const LEAST_INSIDE = 0.7
/** The thing touches its box, so it fills at least this share of it. */
const LEAST_FILLED = 0.05
/** What is found may reach beyond the box by this share of its sides: boxes are drawn roughly. */
const MARGIN = 0.05

/** The photo, and what ends the search. */
type Search = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** Null without SAM. */
  readonly sam: EditSam | null
  readonly signal: AbortSignal
}

/** Things numbered as their moves, in a mask of the photo's shape. */
type InBoxes = {
  readonly mask: Mask
  /** The weakest of what found a thing; null where a box itself moves. */
  readonly foundBy: MaskRecord['foundBy']
  readonly warnings: readonly Warning[]
}

/**
 * The thing in the box `from` of each move. Where neither SAM nor the colours find one, all that is in the
 * box is the thing, with a warning. Of two at a pixel, the smaller has it.
 *
 * @throws the signal's reason when it is aborted
 */
export async function findInBoxes(
  { photo, photoSize, sam, signal }: Search,
  moves: readonly BoxMove[],
): Promise<InBoxes> {
  const pixels = await smallPixels(photo)
  let segmenter: Segmenter | null = null
  const warnings: Warning[] = []
  let byColours = false
  const each: Uint8Array[] = []
  for (const [index, move] of moves.entries()) {
    signal.throwIfAborted()
    const box = boxIn(pixels, move, 'from', index)
    const prompt = { points: [], box: boxIn(photoSize, move, 'from', index) }
    const answer = sam && maskAt(best(await sam.candidates(photo, prompt, signal)).mask, pixels)
    let data = answer && inBox(answer, box)
    if (data === null) {
      segmenter ??= new Segmenter(pixels)
      byColours = true
      const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
      const add = [{ points: [middle], radius: 2 }]
      data = inBox(segmenter.segment({ add, remove: [], box }), box)
    }
    if (data === null) {
      const message = `no thing was found in moves[${index}].from, so all that is in the box moves`
      warnings.push({ code: 'thing_not_found', message })
    }
    each.push(data ?? whiteIn(pixels, box))
  }
  const foundBy = warnings.length > 0 ? null : byColours ? 'colours' : 'sam'
  return { mask: smallestFirst(pixels, each), foundBy, warnings }
}

/** What of an answer lies in a box or close to it; null if the answer is about something else. */
function inBox(answer: Mask, box: Rectangle): Uint8Array | null {
  const near = whiteIn(answer, {
    left: box.left - MARGIN * box.width,
    top: box.top - MARGIN * box.height,
    width: (1 + 2 * MARGIN) * box.width,
    height: (1 + 2 * MARGIN) * box.height,
  })
  const data = answer.data.map((value, at) => value & (near[at] as number))
  const inside = sum(data)
  const fits = inside >= LEAST_INSIDE * sum(answer.data)
  return fits && inside >= LEAST_FILLED * box.width * box.height ? data : null
}

/** One mask of all things, in which a smaller one lies on a larger one. */
function smallestFirst(size: Size, each: readonly Uint8Array[]): Mask {
  const areas = each.map(sum)
  const own = each.map((data, i) =>
    data.map((value, at) => {
      const hidden = each.some(
        (other, j) =>
          other[at] === 1 &&
          ((areas[j] as number) < (areas[i] as number) || (areas[j] === areas[i] && j > i)),
      )
      return hidden ? 0 : value
    }),
  )
  return maskOfThings(size, own)
}

function sum(data: Uint8Array): number {
  let white = 0
  for (let at = 0; at < data.length; at++) white += data[at] as number
  return white
}

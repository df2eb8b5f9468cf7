/**
 * Selects things: sends hints to the segmenter and puts the masks into the draft. SAM is asked at the
 * same time; its answer replaces the mask if it is acceptable.
 */

import { useRef } from 'preact/hooks'
import type { Point, Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import type { Stroke } from '../../shared/segmentation/seeds.ts'
import { wholeThing } from '../../shared/segmentation/things/choice.ts'
import { areaOf, atHandles, shared } from '../../shared/segmentation/things/measures.ts'
import { acceptable } from '../../shared/segmentation/things/sam-answer.ts'
import { type Change, type Draft, stepped, type Thing, thingAt, withThing } from './edit/draft.ts'
import { promptOf } from './edit/sam-prompt.ts'
import type { SamAsker } from './sam.ts'
import type { SegmenterThread } from './workers/threads.ts'

/** Radius of a click, in pixels of the shown copy. */
const CLICK_RADIUS = 1.5

export type ThingHands = {
  /** Selects the thing at a point, or finds a new one there. @param whole what it may be a part of, rather */
  readonly pick: (at: Point, whole?: boolean) => void
  readonly box: (box: Rectangle) => void
  readonly lasso: (points: readonly Point[]) => void
  readonly stroke: (kind: 'add' | 'remove', stroke: Stroke) => void
  /** Takes the next larger or smaller mask that the click may mean, if there is one. */
  readonly resize: (by: 1 | -1) => void
}

/**
 * @param size of the shown copy
 * @param scale pixels of the shown copy per pixel of the photo
 * @param active id of the selected thing, which corrections apply to
 */
export function useThings(
  segmenter: SegmenterThread,
  sam: SamAsker,
  size: () => Size,
  scale: () => number,
  draft: () => Draft,
  apply: (change: Change) => void,
  active: () => number | null,
  setActive: (id: number | null) => void,
): ThingHands {
  const nextId = useRef(1)

  const find = async (thing: Thing, whole = false) => {
    const { id, mask: _, given: __, candidates: ___, ...hints } = thing
    const prompt = promptOf(thing)
    const asked = prompt === null ? null : sam.ask(prompt)
    const before = await segmenter.segment(hints)
    apply({ type: 'found', thing, mask: before })
    if (prompt === null || asked === null) return
    const answers = acceptable(await asked, prompt, thing.within ?? null).map((answer) =>
      // What a click means is one piece: specks of SAM elsewhere would be moved with it.
      prompt.box === null ? { ...answer, mask: atHandles(answer.mask, prompt.points) } : answer,
    )
    // Two things are not one: what has most of another thing is taken only if there is nothing else.
    const others = draft().things.flatMap((one) =>
      one.id === id || one.mask === null ? [] : [one.mask],
    )
    const apart = answers.filter(
      ({ mask }) => !others.some((other) => 2 * shared(other, mask) > areaOf(other)),
    )
    const pool = apart.length > 0 ? apart : answers
    const trusted = pool.toSorted((one, other) => other.score - one.score)[0]
    if (trusted === undefined) return
    const best = prompt.box === null ? wholeThing(trusted, pool, sam.image, () => whole) : trusted
    const candidates = answers.map(({ mask }) => mask)
    apply({ type: 'refound', id, before, mask: best.mask, candidates, scale: scale() })
  }
  const put = (thing: Thing, whole = false) => {
    apply({ type: 'step', to: (now) => withThing(now, thing) })
    setActive(thing.id)
    void find(thing, whole)
  }
  const fresh = (hints: Omit<Thing, 'id' | 'mask' | 'remove' | 'candidates'>, whole = false) => {
    const known = draft().things.map(({ id }) => id)
    nextId.current = Math.max(nextId.current, ...known) + 1
    put({ id: nextId.current, remove: [], mask: null, ...hints }, whole)
  }
  const chosen = () => draft().things.find(({ id }) => id === active()) ?? null
  const click = (at: Point): Stroke => ({ points: [at], radius: CLICK_RADIUS })
  /** Keeps the clicks and strokes of the active thing that are inside the new box or lasso. */
  const within = (inside: (at: Point) => boolean, middle: Point) => {
    const thing = chosen()
    const kept = thing?.add.filter(({ points }) => points.every(inside)) ?? []
    return { thing: kept.length > 0 ? thing : null, add: kept.length > 0 ? kept : [click(middle)] }
  }

  return {
    pick: (at, whole) => {
      const there = thingAt(draft().things, at)
      if (there !== null) setActive(there.id)
      else fresh({ add: [click(at)] }, whole)
    },
    box: (box) => {
      const { left, top, width, height } = box
      const inside = ({ x, y }: Point) =>
        x >= left && y >= top && x < left + width && y < top + height
      const { thing, add } = within(inside, { x: left + width / 2, y: top + height / 2 })
      if (thing === null) return fresh({ add, box })
      const { previous: _, given: __, candidates: ___, ...rest } = thing
      put({ ...rest, add, box })
    },
    lasso: (points) => {
      const box = around(points)
      const inside = (at: Point) => isInside(points, at)
      const lassoed = filled(points, size())
      const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
      const { thing, add } = within(inside, middle)
      if (thing === null) return fresh({ add, box, within: lassoed })
      const { previous: _, given: __, candidates: ___, ...rest } = thing
      put({ ...rest, add, box, within: lassoed })
    },
    resize: (by) => {
      const thing = chosen()
      const next = thing === null ? null : stepped(thing, by)
      if (next !== null && next !== thing)
        apply({ type: 'step', to: (now) => withThing(now, next) })
    },
    stroke: (kind, stroke) => {
      const thing = chosen()
      if (thing === null) {
        if (kind === 'add') fresh({ add: [stroke] })
        return
      }
      const { mask } = thing
      // The mask that was found replaces all earlier hints.
      put(
        mask === null
          ? { ...thing, [kind]: [...thing[kind], stroke] }
          : { ...thing, candidates: [], add: [], remove: [], [kind]: [stroke], previous: mask },
      )
    },
  }
}

function around(points: readonly Point[]): Rectangle {
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top }
}

/** Even-odd rule. */
function isInside(polygon: readonly Point[], { x, y }: Point): boolean {
  let inside = false
  polygon.forEach((one, i) => {
    const other = polygon[(i + 1) % polygon.length] as Point
    if (one.y > y === other.y > y) return
    if (x < one.x + ((y - one.y) / (other.y - one.y)) * (other.x - one.x)) inside = !inside
  })
  return inside
}

/** A mask that is white inside a lasso. */
function filled(points: readonly Point[], { width, height }: Size): Mask {
  const data = new Uint8Array(width * height)
  const { left, top, width: wide, height: tall } = around(points)
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, top + tall); y++)
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, left + wide); x++)
      if (isInside(points, { x: x + 0.5, y: y + 0.5 })) data[y * width + x] = 1
  return { width, height, data }
}

/**
 * Selects things: sends hints to the segmenter and puts the masks into the draft. SAM is asked at the
 * same time; its answer replaces the mask if it is acceptable. Then what the mask has left of the thing
 * is added.
 */

import { useRef, useState } from 'preact/hooks'
import type { Point, Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import { holds, type Rectangle } from '../../shared/segmentation/lab.ts'
import { oneWay, type Stroke } from '../../shared/segmentation/seeds.ts'
import { isThing, trustedThing } from '../../shared/segmentation/things/choice.ts'
import { areaOf, atHandles, isGround, shared } from '../../shared/segmentation/things/measures.ts'
import {
  acceptable,
  type SamAnswer,
  type SamPrompt,
} from '../../shared/segmentation/things/sam-answer.ts'
import {
  type Change,
  type Draft,
  soughtAt,
  stepped,
  type Thing,
  thingAt,
  withThing,
} from './edit/draft.ts'
import { joined, withHeld } from './edit/joined.ts'
import { corrected, promptOf } from './edit/sam-prompt.ts'
import type { SamAsker } from './sam.ts'
import type { SegmenterThread } from './workers/threads.ts'

/** Radius of a click, in pixels of the shown copy. */
const CLICK_RADIUS = 1.5
/** Until its outline is found, a click means a thing within this distance of its own: of the longer side. */
const NEAR = 1 / 60

/** An edit waits at most so long for a better outline. */
const BETTER_MS = 8000

export type ThingHands = {
  /** Whether a better outline may still come. */
  readonly asking: boolean
  /** Selects the thing at a point, or finds a new one there. */
  readonly pick: (at: Point) => void
  /**
   * Finds what is at a point beside the selected thing; if they touch, they are one thing. Selects a thing
   * there whose outline is still looked for.
   */
  readonly extend: (at: Point) => void
  readonly box: (box: Rectangle) => void
  readonly lasso: (points: readonly Point[]) => void
  readonly stroke: (kind: 'add' | 'remove', stroke: Stroke) => void
  /** Takes the next larger or smaller mask that the click may mean, if there is one. */
  readonly resize: (by: 1 | -1) => void
}

/** A mask that was found, and all that its click may mean. */
type Found = { readonly mask: Mask; readonly candidates: readonly Mask[] }

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
  const [asking, setAsking] = useState(0)

  const find = async (thing: Thing) => {
    const { id, mask: _, given: __, candidates: ___, joins: ____, clicks: _____, ...hints } = thing
    const prompt = promptOf(thing)
    const asked = prompt === null ? null : sam.ask(prompt)
    const before = await segmenter.segment(hints)
    apply({ type: 'found', thing, mask: before })
    // Once its outline is final: a handle at the border of another one would be beside a better one.
    const hold = () =>
      apply({ type: 'everywhere', to: (one) => withHeld(one, thing, near(), scale()) })
    if (prompt === null || asked === null) return hold()
    setAsking((count) => count + 1)
    const better = async () => {
      const answer = meantBy(await asked, thing, prompt)
      // A click on something small may have no answer but the ground behind it.
      const isBehind =
        answer !== undefined && prompt.box === null && !isThing(answer) && !isGround(before)
      const meant = isBehind ? undefined : answer && correction(answer, thing)
      const { mask, candidates }: Found = meant ?? { mask: before, candidates: [] }
      if (meant !== undefined)
        apply({ type: 'refound', id, before, mask, candidates, scale: scale() })
      // What was removed is not added again.
      if ((prompt.off ?? []).length === 0) await complete(thing, { mask, candidates })
    }
    const found = better()
    const enough = new Promise((resolve) => setTimeout(resolve, BETTER_MS))
    void Promise.race([found, enough]).finally(() => {
      hold()
      setAsking((count) => count - 1)
    })
    await found
  }
  /** What SAM's answers mean, and the others that may be meant; undefined if none is acceptable. */
  const meantBy = (found: readonly SamAnswer[], thing: Thing, prompt: SamPrompt) => {
    const answers = acceptable(found, prompt, thing.within ?? null)
      .map((answer) =>
        // What a click means is one piece: specks of SAM elsewhere would be moved with it.
        prompt.box === null ? { ...answer, mask: atHandles(answer.mask, prompt.points) } : answer,
      )
      .filter(({ mask }) => keeps(mask, thing))
    // Two things are not one: what has most of another thing is taken only if there is nothing else.
    const others = othersThan(thing)
    const apart = answers.filter(
      ({ mask }) => !others.some((other) => 2 * shared(other, mask) > areaOf(other)),
    )
    const pool = apart.length > 0 ? apart : answers
    const trusted = trustedThing(pool, sam.image)
    return trusted && { ...trusted, candidates: answers.map((answer) => answer.mask) }
  }
  /** The whole that a part joins is no other: an answer may have both. */
  const othersThan = ({ id, joins }: Thing): Mask[] =>
    draft().things.flatMap((one) =>
      one.id === id || one.id === joins || one.mask === null ? [] : [one.mask],
    )
  /** Adds what a mask that was found has left of its thing, once it is shown. */
  const complete = async (thing: Thing, { mask: before, candidates: known }: Found) => {
    const mask = await segmenter.complete(before, elsewhere(thing, othersThan(thing), size()))
    if (mask === null) return
    const candidates = known.map((one) => (one === before ? mask : one))
    apply({ type: 'refound', id: thing.id, before, mask, candidates, scale: scale() })
  }
  const put = (thing: Thing) => {
    apply({ type: 'step', to: (now) => withThing(now, thing) })
    setActive(thing.id)
    return find(thing)
  }
  const fresh = (hints: Omit<Thing, 'id' | 'mask' | 'remove' | 'candidates'>) => {
    const known = draft().things.map(({ id }) => id)
    nextId.current = Math.max(nextId.current, ...known) + 1
    return put({ id: nextId.current, remove: [], mask: null, ...hints })
  }
  const join = async (at: Point, into: Thing) => {
    const found = fresh({ add: [click(at)], joins: into.id })
    const id = nextId.current
    await found.finally(() => apply({ type: 'everywhere', to: (one) => joined(one, id, scale()) }))
    if (active() === id && !draft().things.some((thing) => thing.id === id)) setActive(into.id)
  }
  const near = () => NEAR * Math.max(size().width, size().height)
  const chosen = () => draft().things.find(({ id }) => id === active()) ?? null
  const click = (at: Point): Stroke => ({ points: [at], radius: CLICK_RADIUS })
  /** Keeps the clicks and strokes of the active thing that are inside the new box or lasso. */
  const within = (inside: (at: Point) => boolean, middle: Point) => {
    const thing = chosen()
    const kept = thing?.add.filter(({ points }) => points.every(inside)) ?? []
    return { thing: kept.length > 0 ? thing : null, add: kept.length > 0 ? kept : [click(middle)] }
  }

  return {
    asking: asking > 0,
    pick: (at) => {
      const there = thingAt(draft().things, at) ?? soughtAt(draft().things, at, near())
      if (there !== null) setActive(there.id)
      else void fresh({ add: [click(at)] })
    },
    extend: (at) => {
      const sought = soughtAt(draft().things, at, near())
      if (sought !== null) return setActive(sought.id)
      const into = chosen()
      if (into?.mask == null) void fresh({ add: [click(at)] })
      else void join(at, into)
    },
    box: (box) => {
      const { left, top, width, height } = box
      const middle = { x: left + width / 2, y: top + height / 2 }
      const { thing, add } = within((at) => holds(box, at), middle)
      if (thing === null) return void fresh({ add, box })
      const { previous: _, given: __, candidates: ___, clicks: ____, ...rest } = thing
      void put({ ...rest, add, box })
    },
    lasso: (points) => {
      const box = around(points)
      const inside = (at: Point) => isInside(points, at)
      const lassoed = filled(points, size())
      const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
      const { thing, add } = within(inside, middle)
      if (thing === null) return void fresh({ add, box, within: lassoed })
      const { previous: _, given: __, candidates: ___, clicks: ____, ...rest } = thing
      void put({ ...rest, add, box, within: lassoed })
    },
    resize: (by) => {
      const thing = chosen()
      const next = thing === null ? null : stepped(thing, by)
      if (next === null || next === thing || next.mask === null) return
      apply({ type: 'step', to: (now) => withThing(now, next) })
      void complete(next, { mask: next.mask, candidates: next.candidates ?? [] })
    },
    stroke: (kind, stroke) => {
      const thing = chosen()
      if (thing === null) {
        if (kind === 'add') void fresh({ add: [stroke] })
        return
      }
      const { mask } = thing
      const next = corrected(thing, kind, stroke)
      // The mask that was found replaces all earlier hints.
      void put(
        mask === null
          ? { ...next, [kind]: [...thing[kind], stroke] }
          : { ...next, candidates: [], add: [], remove: [], [kind]: [stroke], previous: mask },
      )
    },
  }
}

/** Whether a mask has most of the one before it, to which something was added. */
function keeps(mask: Mask, { previous, add }: Thing): boolean {
  if (previous === undefined || add.length === 0) return true
  return 2 * shared(previous, mask) > areaOf(previous)
}

/** What was found for Add takes nothing from the mask before it; what was found for Remove adds nothing. */
function correction({ mask, candidates }: Found, { previous, ...hints }: Thing): Found {
  if (previous === undefined) return { mask, candidates }
  const bound = candidates.map((one): Mask => {
    const data = one.data.map((value, at) => oneWay(hints, previous.data[at] ?? 0, value))
    return { ...one, data }
  })
  return { mask: bound[candidates.indexOf(mask)] ?? mask, candidates: bound }
}

/** White on what cannot belong to a thing: other things, and what is outside its box or lasso. */
function elsewhere({ box, within }: Thing, others: readonly Mask[], { width, height }: Size): Mask {
  const data = new Uint8Array(width * height)
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const outside =
      within !== undefined
        ? within.data[at] === 0
        : box !== undefined &&
          (x + 1 <= box.left ||
            y + 1 <= box.top ||
            x >= box.left + box.width ||
            y >= box.top + box.height)
    if (outside || others.some((other) => other.data[at] === 1)) data[at] = 1
  }
  return { width, height, data }
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

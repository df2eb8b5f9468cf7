/** What gestures and keys do to the draft: select and move things, add and move drags and pins. */

import type { Drag, Point, Size } from '../../shared/drag.ts'
import {
  type Change,
  type Draft,
  type End,
  movedBy,
  movedEnd,
  thingAt,
  withDrag,
} from './edit/draft.ts'
import { dragsOn, type Placement, type Seen } from './preview/placement.ts'
import type { Hands } from './stage/tools.ts'
import type { ThingHands } from './use-things.ts'

/** A new point this near the selected thing is on it, of the longer side; so many directions are tried. */
const BESIDE = 1 / 60
const TURNS = 16

/** The state of the page when a hand moves. */
export type Held = {
  readonly draft: Draft
  /** Id of the selected thing. */
  readonly active: number | null
  readonly placement: Placement | null
  /** Of the photo, in pixels. */
  readonly size: Size
  /** Pixels of the shown copy per pixel of the photo. */
  readonly scale: number
}

export function handsOf(
  held: () => Held,
  apply: (change: Change) => void,
  things: ThingHands,
  setActive: (id: number) => void,
): Omit<Hands, 'sketch' | 'pan'> & {
  readonly nudge: (index: number, end: End, dx: number, dy: number) => void
  readonly remove: (index: number) => void
} {
  const within = ({ x, y }: Point): Point => {
    const { width, height } = held().size
    return { x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) }
  }
  const toPhoto = ({ x, y }: Point) => within({ x: x / held().scale, y: y / held().scale })
  const seen = (at: Point) => held().placement?.seenAt(held().draft.things, at) ?? null
  const addDrag = (drag: Drag) =>
    apply({ type: 'step', to: (now) => ({ ...now, drags: [...now.drags, drag] }) })
  const moveEnd = (index: number, end: End, to: Point, first: boolean) => {
    const move = (now: Draft): Draft => {
      const drag = now.drags[index]
      return drag === undefined ? now : withDrag(now, index, movedEnd(drag, end, to))
    }
    apply({ type: first ? 'step' : 'amend', to: move })
  }
  const pick = (at: Point) => {
    const there = seen(at)
    if (there === null) things.pick(at)
    else setActive(there.thing.id)
  }
  /** The selected thing, where it is seen next to a point. */
  const beside = (at: Point): Seen | null => {
    const { active, size, scale } = held()
    const most = BESIDE * scale * Math.max(size.width, size.height)
    for (let radius = 1; radius <= most; radius++)
      for (let turn = 0; turn < TURNS; turn++) {
        const angle = (2 * Math.PI * turn) / TURNS
        const there = seen({
          x: at.x + radius * Math.cos(angle),
          y: at.y + radius * Math.sin(angle),
        })
        if (there?.thing.id === active) return there
      }
    return null
  }
  const follow = (at: Point, there: Seen | null) => {
    const index = held().draft.drags.length
    addDrag({ handle: toPhoto(there?.source ?? at), target: toPhoto(at) })
    return (to: Point) => moveEnd(index, 'target', toPhoto(to), false)
  }
  const beginDrag = (at: Point) => {
    const there = seen(at) ?? beside(at)
    if (there === null) things.extend(at)
    else setActive(there.thing.id)
    return follow(at, there)
  }
  return {
    ...things,
    pick,
    beginDrag,
    grab: (at) => {
      const { draft, scale } = held()
      const there = seen(at)
      const shown = draft.drags.map(({ handle, target }) => ({
        handle: { x: handle.x * scale, y: handle.y * scale },
        target: { x: target.x * scale, y: target.y * scale },
      }))
      const own = there === null ? [] : dragsOn(there.thing, draft.things, shown)
      if (there === null || own.length === 0) {
        pick(at)
        return follow(at, there)
      }
      setActive(there.thing.id)
      return (to, first) => {
        const by = { x: (to.x - at.x) / scale, y: (to.y - at.y) / scale }
        apply({
          type: first ? 'step' : 'amend',
          to: (now) => ({ ...now, drags: movedBy(draft.drags, own, by, held().size) }),
        })
      }
    },
    pin: (at) => {
      // What is still over its old place stays as the photo has it: a peak is raised, its foot pinned.
      const { draft, placement } = held()
      const there = placement?.landedAt(draft.things, at) ?? null
      const source = there?.thing === thingAt(draft.things, at) ? at : (there?.source ?? at)
      addDrag({ handle: toPhoto(source), target: toPhoto(at) })
    },
    moveEnd: (index, end, to, first) => moveEnd(index, end, toPhoto(to), first),
    undo: () => apply({ type: 'undo' }),
    nudge: (index, end, dx, dy) =>
      apply({
        type: 'step',
        to: (now) => {
          const drag = now.drags[index]
          if (drag === undefined) return now
          const { x, y } = drag[end === 'both' ? 'target' : end]
          return withDrag(now, index, movedEnd(drag, end, within({ x: x + dx, y: y + dy })))
        },
      }),
    remove: (index) =>
      apply({
        type: 'step',
        to: (now) => ({ ...now, drags: now.drags.filter((_, i) => i !== index) }),
      }),
  }
}

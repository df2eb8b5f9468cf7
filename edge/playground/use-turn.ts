/** What the handles of the selected thing do to the draft: they turn and scale it. */

import type { Point } from '../../shared/drag.ts'
import { ARROWS } from './arrows.ts'
import type { Change } from './edit/draft.ts'
import { type Hold, holdOf, type Turning } from './preview/hold.ts'
import type { Gesture } from './stage/gestures.ts'
import type { Grip, TurnHands } from './stage/overlay/grips.tsx'
import type { Held } from './use-hands.ts'

const DEGREE = Math.PI / 180
/** Of a press of an arrow key, and with Shift. */
const TURNS = { small: DEGREE, large: 15 * DEGREE }
const SCALES = { small: 1.01, large: 1.1 }
/** Most that one gesture scales by, and one over the least. */
const MOST = 10

/** @param active the id of the selected thing */
export function turnHandsOf(
  held: () => Held & { readonly active: number | null },
  apply: (change: Change) => void,
): TurnHands {
  const take = (): Hold | null => {
    const { draft, placement, size, scale, active } = held()
    const thing = draft.things.find(({ id }) => id === active)
    if (thing === undefined || placement === null) return null
    return holdOf(thing, draft, placement, size, scale)
  }
  /** Whether the turn fits into the photo. */
  const put = (hold: Hold, by: Turning, first: boolean): boolean => {
    const drags = hold.turned(by)
    if (drags === null) return false
    apply({ type: first ? 'step' : 'amend', to: (now) => ({ ...now, drags }) })
    return true
  }
  return {
    hold: (grip, start): Gesture | null => {
      const hold = take()
      if (hold === null) return null
      let moved = false
      const move = (to: Point) => {
        moved = put(hold, turningTo(grip, hold.centre, start, to), !moved) || moved
      }
      return {
        move,
        end: (to, far) => {
          if (far) move(to)
        },
        cancel: () => {
          if (moved) apply({ type: 'undo' })
        },
      }
    },
    onKey: (grip, event) => {
      const arrow = ARROWS[event.key]
      const hold = arrow === undefined ? null : take()
      if (arrow === undefined || hold === null) return
      event.preventDefault()
      // To the right and up is more.
      const sign = arrow[0] - arrow[1]
      const size = event.shiftKey ? 'large' : 'small'
      const by =
        grip === 'turn'
          ? { angle: sign * TURNS[size], scale: 1 }
          : { angle: 0, scale: SCALES[size] ** sign }
      put(hold, by, true)
    },
  }
}

function turningTo(grip: Grip, centre: Point, start: Point, to: Point): Turning {
  const [a, b] = [start.x - centre.x, start.y - centre.y]
  const [c, d] = [to.x - centre.x, to.y - centre.y]
  if (grip === 'turn') return { angle: Math.atan2(d, c) - Math.atan2(b, a), scale: 1 }
  const factor = Math.hypot(c, d) / Math.max(1, Math.hypot(a, b))
  return { angle: 0, scale: Math.max(1 / MOST, Math.min(MOST, factor)) }
}

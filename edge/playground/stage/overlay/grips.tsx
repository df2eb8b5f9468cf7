/** The handles of the selected thing: one to turn it and one to scale it, beside its outline's box. */

import type { Point, Size } from '../../../../shared/drag.ts'
import type { Gesture } from '../gestures.ts'
import type { Shape } from '../shapes.ts'
import { toScreen, type Viewport } from '../viewport.ts'

export type Grip = 'turn' | 'scale'

/** The actions of the handles. Points are in pixels of the shown copy. */
export type TurnHands = {
  /** Takes hold of the selected thing; null if there is none. */
  readonly hold: (grip: Grip, at: Point) => Gesture | null
  readonly onKey: (grip: Grip, event: KeyboardEvent) => void
}

export type GripsProps = {
  /** The selected thing. */
  readonly shape: Shape
  readonly viewport: Viewport
  /** Of the stage, in CSS pixels. */
  readonly stage: Size
  readonly onKey: TurnHands['onKey']
}

/** Distance from the box to the handles, and of those from the border of the stage, in CSS pixels. */
const AWAY = 30
const ROOM = 24

const MARKS: Readonly<Record<Grip, string>> = {
  turn: 'M-5.5 1A5.5 5.5 0 1 1 0 5.5M-9 -2L-5.5 2L-2 -2',
  scale: 'M-5 -5L5 5M-5 -1V-5H-1M5 1V5H1',
}
const LABELS: Readonly<Record<Grip, string>> = {
  turn: 'Turn the selected thing: arrow keys turn it by a degree, with Shift by 15',
  scale: 'Scale the selected thing: arrow keys scale it by 1 percent, with Shift by 10',
}

export function Grips({ shape, viewport, stage, onKey }: GripsProps) {
  const points = shape.lines.flat().map((point) => toScreen(viewport, point))
  if (points.length === 0) return null
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const [left, right] = [Math.min(...xs), Math.max(...xs)]
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)]
  const above = top - AWAY >= ROOM
  const within = (value: number, most: number) => Math.max(ROOM, Math.min(most - ROOM, value))
  const turn = { x: (left + right) / 2, y: above ? top - AWAY : bottom + AWAY }
  const scale = { x: right + AWAY / 2, y: bottom + AWAY / 2 }
  const places: Readonly<Record<Grip, Point>> = {
    turn: { x: within(turn.x, stage.width), y: within(turn.y, stage.height) },
    scale: { x: within(scale.x, stage.width), y: within(scale.y, stage.height) },
  }
  return (
    <>
      {(['turn', 'scale'] as const).map((grip) => (
        <g
          key={grip}
          class={`end grip ${grip}`}
          transform={`translate(${places[grip].x} ${places[grip].y})`}
          tabindex={0}
          role="button"
          aria-label={LABELS[grip]}
          data-grip={grip}
          onKeyDown={(event) => onKey(grip, event)}
        >
          <title>{grip === 'turn' ? 'Turn' : 'Scale'}</title>
          <circle class="reach" r="22" />
          <circle class="ring" r="12" />
          <path class="mark" d={MARKS[grip]} />
        </g>
      ))}
    </>
  )
}

/** The overlay of the photo: outlines of things, drags with movable ends, and the box, lasso or stroke being drawn. */

import type { Drag, Point, Size } from '../../../../shared/drag.ts'
import { isPin } from '../../../../shared/drag.ts'
import type { End } from '../../edit/draft.ts'
import type { Shape } from '../shapes.ts'
import type { Sketch } from '../tools.ts'
import { toScreen, type Viewport } from '../viewport.ts'
import { Grips, type TurnHands } from './grips.tsx'

export type OverlayProps = {
  readonly shapes: readonly Shape[]
  /** In pixels of the shown copy. */
  readonly drags: readonly Drag[]
  readonly sketch: Sketch | null
  /** Of the keyboard; null without one. */
  readonly crosshair: Point | null
  readonly viewport: Viewport
  /** Of the stage, in CSS pixels. */
  readonly stage: Size
  /** What the handles of the selected thing do by keyboard; null where they are not shown. */
  readonly onGripKey: TurnHands['onKey'] | null
  readonly onKey: (index: number, end: End, event: KeyboardEvent) => void
}

export function Overlay(props: OverlayProps) {
  const { shapes, drags, sketch, crosshair, viewport, stage, onGripKey, onKey } = props
  const selected = shapes.find(({ active }) => active)
  return (
    <svg class="overlay" aria-label="Drags" role="group">
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="5"
          markerHeight="5"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8z" class="tip" />
        </marker>
      </defs>
      <Outlines shapes={shapes} viewport={viewport} />
      {onGripKey !== null && selected !== undefined && (
        <Grips shape={selected} viewport={viewport} stage={stage} onKey={onGripKey} />
      )}
      {drags.map((drag, index) => (
        <Arrow key={index} drag={drag} index={index} viewport={viewport} onKey={onKey} />
      ))}
      {sketch !== null && <Drawn sketch={sketch} viewport={viewport} />}
      {crosshair !== null && <Cross at={toScreen(viewport, crosshair)} />}
    </svg>
  )
}

function Cross({ at: { x, y } }: { readonly at: Point }) {
  const path = `M${x - 16} ${y}H${x + 16}M${x} ${y - 16}V${y + 16}`
  return (
    <g class="crosshair" data-testid="crosshair">
      <path class="arrow-shade" d={path} />
      <path class="arrow" d={path} />
    </g>
  )
}

/** The active thing's outline is drawn over the others'. */
function Outlines({ shapes, viewport }: Pick<OverlayProps, 'shapes' | 'viewport'>) {
  const ordered = shapes.toSorted((one, other) => Number(one.active) - Number(other.active))
  return (
    <g
      class="outlines"
      transform={`translate(${viewport.x} ${viewport.y}) scale(${viewport.scale})`}
    >
      {ordered.map(({ id, lines, active, tinted }) => {
        const path = lines
          .map((line) => `M${line.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`)
          .join('')
        return (
          <g key={id} class={active ? 'active' : ''} data-thing={id}>
            <path class={tinted ? 'shade tint' : 'shade'} d={path} />
            <path class="outline" d={path} />
          </g>
        )
      })}
    </g>
  )
}

type ArrowProps = Pick<OverlayProps, 'viewport' | 'onKey'> & {
  readonly drag: Drag
  readonly index: number
}

function Arrow({ drag, index, viewport, onKey }: ArrowProps) {
  const handle = toScreen(viewport, drag.handle)
  const target = toScreen(viewport, drag.target)
  const number = index + 1
  if (isPin(drag))
    return (
      <Grip index={index} onKey={onKey} at={handle} end="both" kind="pin" name={`Pin ${number}`} />
    )
  return (
    <>
      <line class="arrow-shade" x1={handle.x} y1={handle.y} x2={target.x} y2={target.y} />
      <line
        class="arrow"
        x1={handle.x}
        y1={handle.y}
        x2={target.x}
        y2={target.y}
        marker-end="url(#tip)"
      />
      <Grip
        index={index}
        onKey={onKey}
        at={handle}
        end="handle"
        kind="handle"
        name={`Drag ${number}, handle`}
      />
      <Grip
        index={index}
        onKey={onKey}
        at={target}
        end="target"
        kind="target"
        name={`Drag ${number}, target`}
      />
    </>
  )
}

type GripProps = {
  readonly at: Point
  readonly index: number
  readonly end: End
  readonly kind: 'handle' | 'target' | 'pin'
  readonly name: string
  readonly onKey: OverlayProps['onKey']
}

function Grip({ at, index, end, kind, name, onKey }: GripProps) {
  const label = `${name}: arrow keys move it, Delete removes it`
  return (
    <g
      class={`end ${kind}`}
      transform={`translate(${at.x} ${at.y})`}
      tabindex={0}
      role="button"
      aria-label={label}
      data-drag={index}
      data-end={end}
      onKeyDown={(event) => onKey(index, end, event)}
    >
      <circle class="reach" r="22" />
      <circle class="ring" r="9" />
      {kind === 'pin' ? (
        <path class="mark" d="M-4 -4L4 4M4 -4L-4 4" />
      ) : (
        <circle class="dot" r="3" />
      )}
    </g>
  )
}

function Drawn({ sketch, viewport }: { readonly sketch: Sketch; readonly viewport: Viewport }) {
  if (sketch.kind === 'box') {
    const { x, y } = toScreen(viewport, { x: sketch.box.left, y: sketch.box.top })
    const { width, height } = sketch.box
    return (
      <rect
        class="sketch"
        x={x}
        y={y}
        width={width * viewport.scale}
        height={height * viewport.scale}
      />
    )
  }
  const points = sketch.kind === 'lasso' ? sketch.points : sketch.stroke.points
  const line = points
    .map((point) => toScreen(viewport, point))
    .map(({ x, y }) => `${x},${y}`)
    .join(' ')
  if (sketch.kind === 'lasso') return <polygon class="sketch" points={line} />
  return <polyline class={`stroke ${sketch.kind}`} points={line} />
}

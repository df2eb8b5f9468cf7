/** The photo with its preview, mask and drags, and the pointer's tools. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Drag, Point } from '../../../shared/drag.ts'
import type { End } from '../edit/draft.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import type { PreviewThread } from '../workers/threads.ts'
import { type Gesture, listen } from './gestures.ts'
import type { Grip, TurnHands } from './overlay/grips.tsx'
import { Overlay } from './overlay/overlay.tsx'
import type { Shape } from './shapes.ts'
import { Sharp } from './sharp.tsx'
import { gestureOf, type Hands, movingEnd, type Sketch, type Tool } from './tools.ts'
import { useCrosshair } from './use-crosshair.ts'
import { useView } from './use-view.ts'
import { panned } from './viewport.ts'
import { Zoom } from './zoom.tsx'

export type StageProps = {
  readonly photo: ShownPhoto
  readonly tool: Tool
  readonly shapes: readonly Shape[]
  /** Lines around what moves, at its old and at its new place. */
  readonly moving: readonly (readonly Point[])[]
  /** In pixels of the shown copy. */
  readonly drags: readonly Drag[]
  readonly preview: PreviewThread
  readonly hands: Omit<Hands, 'sketch' | 'pan'>
  readonly turnHands: TurnHands
  readonly onKey: (index: number, end: End, event: KeyboardEvent) => void
}

export function Stage(props: StageProps) {
  const { photo, tool, shapes, moving, drags, preview, turnHands, onKey } = props
  const { width, height } = photo.shown
  const box = useRef<HTMLDivElement>(null)
  const [sketch, setSketch] = useState<Sketch | null>(null)
  const view = useView(box, photo)
  const { viewport } = view
  /** Whether the space bar is down, which turns a press into a pan. */
  const space = useRef(false)
  const begin = (at: Point, panning: boolean): Gesture | null => {
    const hands: Hands = {
      ...latest.current.hands,
      sketch: setSketch,
      pan: (dx, dy) => {
        const now = view.latest.current
        view.set(panned(now, dx * now.scale, dy * now.scale))
      },
    }
    const held = panning ? 'pan' : latest.current.tool
    return gestureOf(held, at, hands, view.latest.current.scale)
  }
  const crosshair = useCrosshair(photo.shown, viewport.scale, (at) => begin(at, false))
  // Listeners are added once and read the latest props and state here.
  const latest = useRef({ ...props, view, begin, crosshair })
  latest.current = { ...props, view, begin, crosshair }

  useEffect(() => {
    const element = box.current
    if (element === null) return
    return listen(element, {
      viewport: () => latest.current.view.latest.current,
      setViewport: (next) => latest.current.view.set(next),
      least: () => latest.current.view.least(),
      begin: (at, event) => {
        latest.current.crosshair.hide()
        const end = (event.target as Element).closest<SVGGElement>('[data-drag]')
        if (end !== null && !space.current) {
          end.focus()
          const hands = { ...latest.current.hands, sketch: setSketch, pan: () => {} }
          return movingEnd(Number(end.dataset.drag), end.dataset.end as End, hands)
        }
        const grip = (event.target as Element).closest<SVGGElement>('[data-grip]')
        if (grip !== null && !space.current) {
          grip.focus()
          return latest.current.turnHands.hold(grip.dataset.grip as Grip, at)
        }
        return latest.current.begin(at, event.button === 1 || space.current)
      },
    })
  }, [])
  useEffect(() => {
    const off = new AbortController()
    const press = (down: boolean) => (event: KeyboardEvent) => {
      if (event.key !== ' ') return
      const { target } = event
      space.current = down && (target === document.body || target === box.current)
      if (space.current) event.preventDefault()
    }
    addEventListener('keydown', press(true), { signal: off.signal })
    addEventListener('keyup', press(false), { signal: off.signal })
    return () => off.abort()
  }, [])

  const placed = {
    width: `${width * viewport.scale}px`,
    height: `${height * viewport.scale}px`,
    transform: `translate(${viewport.x}px, ${viewport.y}px)`,
  }
  return (
    <>
      <div
        class={`stage tool-${tool}`}
        ref={box}
        data-testid="stage"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys
        tabIndex={0}
        aria-label="Photo: arrow keys move a crosshair, Enter clicks, the space bar takes hold and lets go"
        onFocus={(event) => {
          if (event.target === box.current) crosshair.show()
        }}
        onBlur={crosshair.hide}
        onKeyDown={crosshair.onKey}
      >
        <PreviewCanvas preview={preview} placed={placed} />
        <Sharp photo={photo} viewport={viewport} moving={moving} />
        <Overlay
          shapes={shapes}
          drags={drags}
          sketch={sketch}
          crosshair={crosshair.at}
          viewport={viewport}
          stage={view.stage}
          onGripKey={tool === 'pick' ? turnHands.onKey : null}
          onKey={onKey}
        />
      </div>
      <Zoom share={view.share} zoom={view.zoom} actual={() => view.zoomTo(1)} fit={view.fit} />
    </>
  )
}

/** The preview's canvas. It can be transferred to the worker only once, so it stays mounted. */
function PreviewCanvas(props: {
  readonly preview: PreviewThread
  readonly placed: Record<string, string>
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current !== null) props.preview.attach(canvas.current.transferControlToOffscreen())
  }, [])
  return <canvas class="layer" ref={canvas} style={props.placed} role="img" aria-label="Preview" />
}

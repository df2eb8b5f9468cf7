/** The photo with its preview, mask and drags, and the pointer's tools. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Drag } from '../../../shared/drag.ts'
import type { End } from '../edit/draft.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import type { PreviewThread } from '../workers/threads.ts'
import { listen } from './gestures.ts'
import { Overlay } from './overlay.tsx'
import type { Shape } from './shapes.ts'
import { gestureOf, type Hands, movingEnd, type Sketch, type Tool } from './tools.ts'
import { fitted, panned, type Viewport } from './viewport.ts'

export type StageProps = {
  readonly photo: ShownPhoto
  readonly tool: Tool
  readonly shapes: readonly Shape[]
  /** In pixels of the shown copy. */
  readonly drags: readonly Drag[]
  readonly preview: PreviewThread
  readonly hands: Omit<Hands, 'sketch' | 'pan'>
  readonly onKey: (index: number, end: End, event: KeyboardEvent) => void
}

export function Stage(props: StageProps) {
  const { photo, tool, shapes, drags, preview, onKey } = props
  const { width, height } = photo.shown
  const box = useRef<HTMLDivElement>(null)
  const [viewport, setViewport] = useState<Viewport>({ scale: 1, x: 0, y: 0 })
  const [sketch, setSketch] = useState<Sketch | null>(null)
  // Listeners are added once and read the latest props and state here.
  const latest = useRef({ ...props, viewport, fit: 1 })
  latest.current = { ...props, viewport, fit: latest.current.fit }

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const refit = () => {
      const all = fitted(photo.shown, { width: element.clientWidth, height: element.clientHeight })
      latest.current.fit = all.scale
      setViewport(all)
    }
    refit()
    const observer = new ResizeObserver(refit)
    observer.observe(element)
    return () => observer.disconnect()
  }, [photo])

  useEffect(() => {
    const element = box.current
    if (element === null) return
    return listen(element, {
      viewport: () => latest.current.viewport,
      setViewport: (next) => {
        latest.current.viewport = next
        setViewport(next)
      },
      least: () => latest.current.fit * 0.5,
      begin: (at, event) => {
        const { hands: given, tool: held, viewport: now } = latest.current
        const hands: Hands = {
          ...given,
          sketch: setSketch,
          pan: (dx, dy) => {
            const { viewport: moved } = latest.current
            latest.current.viewport = panned(moved, dx * moved.scale, dy * moved.scale)
            setViewport(latest.current.viewport)
          },
        }
        const end = (event.target as Element).closest<SVGGElement>('[data-drag]')
        if (end !== null) {
          end.focus()
          return movingEnd(Number(end.dataset.drag), end.dataset.end as End, hands)
        }
        return gestureOf(event.button === 1 ? 'pan' : held, at, hands, now.scale)
      },
    })
  }, [])

  const placed = {
    width: `${width * viewport.scale}px`,
    height: `${height * viewport.scale}px`,
    transform: `translate(${viewport.x}px, ${viewport.y}px)`,
  }
  return (
    <div class={`stage tool-${tool}`} ref={box} data-testid="stage">
      <PreviewCanvas preview={preview} placed={placed} />
      <Overlay shapes={shapes} drags={drags} sketch={sketch} viewport={viewport} onKey={onKey} />
    </div>
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

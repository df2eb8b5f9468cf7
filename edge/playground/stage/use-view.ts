/** The view of the photo: zoom by buttons and keys, and what a resize of the window leaves of it. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Size } from '../../../shared/drag.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import { fitted, resized, type Viewport, zoomed } from './viewport.ts'

export type View = {
  readonly viewport: Viewport
  /** Size of the stage, in CSS pixels. */
  readonly stage: Size
  /** The latest one, also between two draws of the page. */
  readonly latest: { readonly current: Viewport }
  readonly set: (viewport: Viewport) => void
  /** The smallest scale. */
  readonly least: () => number
  readonly fit: () => void
  /** Around the middle of the stage. */
  readonly zoom: (factor: number) => void
  /** To a share of the photo's own size: at 1, its pixels are CSS pixels. */
  readonly zoomTo: (share: number) => void
  /** The share of the photo's own size. */
  readonly share: number
}

/** One step of the buttons and keys. */
const STEP = 1.25
/** The smallest scale, as a share of the fitting one. */
const LEAST = 0.5

export function useView(box: { readonly current: HTMLElement | null }, photo: ShownPhoto): View {
  const [viewport, setViewport] = useState<Viewport>({ scale: 1, x: 0, y: 0 })
  const latest = useRef(viewport)
  const stage = useRef<Size>({ width: 1, height: 1 })
  const fitting = useRef(1)
  const set = (next: Viewport) => {
    latest.current = next
    setViewport(next)
  }
  const showAll = () => {
    const all = fitted(photo.shown, stage.current)
    fitting.current = all.scale
    set(all)
  }
  const least = () => fitting.current * LEAST
  const zoom = (factor: number) => {
    const { width, height } = stage.current
    set(zoomed(latest.current, { x: width / 2, y: height / 2 }, factor, least()))
  }
  const perPhoto = photo.shown.width / photo.size.width
  const zoomTo = (share: number) => zoom(share / (latest.current.scale * perPhoto))

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = () => ({ width: element.clientWidth, height: element.clientHeight })
    stage.current = measure()
    showAll()
    const observer = new ResizeObserver(() => {
      const before = stage.current
      stage.current = measure()
      const whole = latest.current.scale === fitting.current
      if (whole) return showAll()
      fitting.current = fitted(photo.shown, stage.current).scale
      set(resized(latest.current, before, stage.current))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [photo])

  const keys = useRef<Record<string, () => void>>({})
  keys.current = {
    '0': showAll,
    '1': () => zoomTo(1),
    '+': () => zoom(STEP),
    '-': () => zoom(1 / STEP),
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if ((event.target as Element).closest('input, textarea, select, dialog') !== null) return
      keys.current[event.key]?.()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return {
    viewport,
    stage: stage.current,
    latest,
    set,
    least,
    fit: showAll,
    zoom,
    zoomTo,
    share: viewport.scale * perPhoto,
  }
}

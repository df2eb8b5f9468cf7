/** Keyboard and clipboard: undo, redo, nudge with arrow keys, Delete, [ and ], ?, paste a picture. */

import { useEffect, useRef } from 'preact/hooks'
import { ARROWS, LARGE_STEP, SMALL_STEP } from './arrows.ts'
import type { End } from './edit/draft.ts'
import { pictureIn } from './edit/photo.ts'

export type KeyHands = {
  readonly undo: () => void
  readonly redo: () => void
  /** `dx` and `dy` are in pixels of the photo. */
  readonly nudge: (index: number, end: End, dx: number, dy: number) => void
  readonly remove: (index: number) => void
  readonly removeThing: () => void
  /** Takes a larger or smaller outline of the selected thing. */
  readonly resize: (by: 1 | -1) => void
  readonly help: () => void
  readonly paste: (picture: File) => void
}

/** @returns the key handler for the ends of drags */
export function useKeys(hands: KeyHands) {
  const latest = useRef(hands)
  latest.current = hands
  useEffect(() => {
    const off = new AbortController()
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (target.closest('input, textarea, select') !== null) return
      const key = event.key.toLowerCase()
      if ((event.ctrlKey || event.metaKey) && (key === 'z' || key === 'y')) {
        event.preventDefault()
        if (key === 'y' || event.shiftKey) latest.current.redo()
        else latest.current.undo()
      } else if (event.key === ']' || event.key === '[') latest.current.resize(key === ']' ? 1 : -1)
      else if (event.key === '?') latest.current.help()
      else if (event.key === 'Delete' && target.closest('[data-drag]') === null)
        latest.current.removeThing()
    }
    const onPaste = (event: ClipboardEvent) => {
      const picture = pictureIn(event.clipboardData?.files)
      if (picture !== null) latest.current.paste(picture)
    }
    addEventListener('keydown', onKey, { signal: off.signal })
    addEventListener('paste', onPaste, { signal: off.signal })
    return () => off.abort()
  }, [])
  return (index: number, end: End, event: KeyboardEvent) => {
    const arrow = ARROWS[event.key]
    if (arrow !== undefined) {
      event.preventDefault()
      const step = event.shiftKey ? LARGE_STEP : SMALL_STEP
      latest.current.nudge(index, end, arrow[0] * step, arrow[1] * step)
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault()
      latest.current.remove(index)
    }
  }
}

/** Shows the real fill once no pointer is down: the picture of the instant edit, in the preview's size. */

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type Drag, isPin } from '../../shared/drag.ts'
import type { FieldOptions } from '../../shared/geometry/fields/part-fields.ts'
import type { Mask } from '../../shared/mask.ts'
import { type DraftOptions, fillSeed, shadowsOf } from './edit/draft.ts'
import type { ShownPhoto } from './edit/photo.ts'
import { InstantThread, type PreviewThread } from './workers/threads.ts'

/**
 * @param mask of what moves, in the size of the shown copy, as `drags`
 * @param affects what changes with it, in the same size; null for nothing
 * @param field as in the preview
 * @param options those of the edit: what shadows do, and the fill's seed
 */
export function useFill(
  preview: PreviewThread,
  photo: ShownPhoto | null,
  mask: Mask | null,
  affects: Mask | null,
  drags: readonly Drag[],
  field: FieldOptions,
  options: DraftOptions,
): void {
  const [shadows, seed] = [shadowsOf(options), fillSeed(options)]
  const thread = useMemo(() => new InstantThread(), [])
  // Not states: a press must not draw the page again, which would empty a field that is being filled in.
  const pressed = useRef(false)
  const start = useRef(() => {})
  useEffect(() => {
    const listening = new AbortController()
    const press = (now: boolean) => () => {
      pressed.current = now
      if (!now) start.current()
    }
    const options = { signal: listening.signal, capture: true }
    addEventListener('pointerdown', press(true), options)
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, press(false), options)
    return () => listening.abort()
  }, [])
  useEffect(() => {
    if (photo === null || mask === null || drags.every(isPin)) return
    const geometry = { scope: 'thing', ...field } as const
    const edit = { drags, mask, geometry, seed, within: null, fixed: null, affects, shadows }
    let started = false
    start.current = () => {
      if (started) return
      started = true
      thread.edit(photo.shown, edit, (picture) => preview.picture(picture))
    }
    if (!pressed.current) start.current()
    return () => {
      thread.stop()
      start.current = () => {}
    }
  }, [preview, photo, mask, affects, drags, field, shadows, seed])
}

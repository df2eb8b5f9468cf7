/** Shows the real fill once no pointer is down: the picture of the instant edit, in the preview's size. */

import { useEffect, useMemo, useState } from 'preact/hooks'
import { type Drag, isPin } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import type { ShownPhoto } from './edit/photo.ts'
import { InstantThread, type PreviewThread } from './workers/threads.ts'

/**
 * @param mask of what moves, in the size of the shown copy, as `drags`
 * @param seed of the fill
 */
export function useFill(
  preview: PreviewThread,
  photo: ShownPhoto | null,
  mask: Mask | null,
  drags: readonly Drag[],
  seed: number,
): void {
  const thread = useMemo(() => new InstantThread(), [])
  const [pressed, setPressed] = useState(false)
  useEffect(() => {
    const listening = new AbortController()
    const options = { signal: listening.signal, capture: true }
    addEventListener('pointerdown', () => setPressed(true), options)
    for (const end of ['pointerup', 'pointercancel'])
      addEventListener(end, () => setPressed(false), options)
    return () => listening.abort()
  }, [])
  useEffect(() => {
    if (pressed || photo === null || mask === null || drags.every(isPin)) return
    const geometry = { scope: 'component', power: 2 } as const
    thread.edit(photo.shown, { drags, mask, geometry, seed, within: null }, (picture) =>
      preview.picture(picture),
    )
    return () => thread.stop()
  }, [preview, photo, mask, drags, seed, pressed])
}

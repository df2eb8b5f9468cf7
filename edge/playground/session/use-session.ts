/** Keeps the session while it changes, and brings it back when the page opens. */

import { useEffect, useRef } from 'preact/hooks'
import type { History } from '../edit/draft.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import type { Result } from '../run/run.ts'
import { type Kept, keep, kept, shortened } from './store.ts'

/** After this, a draft that has not changed any more is kept. */
const QUIET_MS = 300

/** @param restore called once, with what was kept */
export function useSession(
  photo: ShownPhoto | null,
  history: History,
  results: readonly Result[],
  restore: (session: Partial<Kept> & Pick<Kept, 'photo'>) => void,
): void {
  // Nothing is kept before the last session was read.
  const ready = useRef(false)
  useEffect(() => {
    void kept().then((session) => {
      ready.current = true
      if (session !== null) restore(session)
    })
  }, [])
  useEffect(() => {
    if (photo === null || !ready.current) return
    const { source, name } = photo
    const edit = 'edit' in source ? { edit: source.edit } : {}
    // Together, so that no photo is kept with the drags of another one.
    void keep('history', shortened(history))
    void keep('photo', { file: source.file, name, ...edit })
  }, [photo])
  useEffect(() => {
    if (photo === null || !ready.current) return
    const now = () => void keep('history', shortened(history))
    const timer = setTimeout(now, QUIET_MS)
    return () => clearTimeout(timer)
  }, [photo, history])
  useEffect(() => {
    if (ready.current && photo !== null) void keep('results', results)
  }, [photo, results])
}

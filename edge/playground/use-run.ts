/** Runs the edit from the page, one run at a time, with cancel and error messages. */

import { useRef, useState } from 'preact/hooks'
import { type ContextDrag, ContextDragError } from '../../client/index.ts'
import type { Mask } from '../../shared/mask.ts'
import { forgetToken, openApi } from './access.ts'
import type { Draft } from './edit/draft.ts'
import type { ShownPhoto } from './edit/photo.ts'
import { type Progress, type Result, run, SENDING } from './run.ts'

export type Running = {
  readonly progress: Progress | null
  readonly problem: string | null
  readonly result: Result | null
  /** True if the user has to enter a client token. */
  readonly locked: boolean
  /** The API; null without a token. */
  readonly api: () => Promise<ContextDrag | null>
  readonly start: (photo: ShownPhoto, draft: Draft, mask: Mask | null) => void
  readonly cancel: () => void
  readonly unlock: (api: ContextDrag) => void
  readonly clear: () => void
}

export function useRun(): Running {
  const [progress, setProgress] = useState<Progress | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [result, setResult] = useState<Result | null>(null)
  const [locked, setLocked] = useState(false)
  const api = useRef<ContextDrag | null>(null)
  const opened = async () => {
    api.current ??= await openApi()
    return api.current
  }
  const stop = useRef<AbortController | null>(null)

  const start = async (photo: ShownPhoto, draft: Draft, mask: Mask | null) => {
    const controller = new AbortController()
    stop.current = controller
    setProblem(null)
    setResult(null)
    try {
      setProgress(SENDING)
      const opening = await opened()
      if (opening === null) return setLocked(true)
      setResult(await run(opening, photo, draft, mask, setProgress, controller.signal))
    } catch (error) {
      if (controller.signal.aborted) return
      if (error instanceof ContextDragError && error.code === 'unauthenticated') {
        forgetToken()
        api.current = null
      }
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setProgress(null)
    }
  }
  return {
    progress,
    problem,
    result,
    locked,
    api: opened,
    start: (...asked) => void start(...asked),
    cancel: () => stop.current?.abort(new Error('cancelled')),
    unlock: (unlocked) => {
      api.current = unlocked
      setLocked(false)
    },
    clear: () => {
      setResult(null)
      setProblem(null)
    },
  }
}

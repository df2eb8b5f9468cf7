/** Runs the edit from the page, one run at a time, with cancel and error messages. Keeps the results. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { type ContextDrag, ContextDragError } from '../../../client/index.ts'
import type { Mask } from '../../../shared/mask.ts'
import { type ModelName, modelNames } from '../../../shared/models.ts'
import type { Draft } from '../edit/draft.ts'
import type { ShownPhoto } from '../edit/photo.ts'
import { forgetToken, openApi } from './access.ts'
import { problemText } from './problem-text.ts'
import { type Progress, type Result, run, SENDING } from './run.ts'

export type Running = {
  readonly progress: Progress | null
  readonly problem: string | null
  /** The result that is shown. */
  readonly result: Result | null
  /** All results of this session, oldest first. */
  readonly results: readonly Result[]
  /** True if the user has to enter a client token. */
  readonly locked: boolean
  /** The models that the token may use; all of them before there is one. */
  readonly offered: readonly ModelName[]
  /** The API; null without a token. */
  readonly api: () => Promise<ContextDrag | null>
  /** Starts a run of so many candidates. */
  readonly start: (photo: ShownPhoto, draft: Draft, mask: Mask | null, count: number) => void
  readonly cancel: () => void
  /** As {@link cancel}, but not with the second click of the one that started it. */
  readonly cancelByHand: () => void
  /** Uses a token, and sends what waited for it. */
  readonly unlock: (api: ContextDrag) => void
  readonly show: (result: Result | null) => void
  /** Replaces the results, with none shown. */
  readonly setResults: (results: readonly Result[]) => void
}

/** A click on Cancel within this time belongs to a double click. */
const DOUBLE_CLICK_MS = 600
/** Results may be large: older ones are forgotten. */
const KEPT_RESULTS = 8

export function useRun(): Running {
  const [progress, setProgress] = useState<Progress | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [result, setResult] = useState<Result | null>(null)
  const [results, setResults] = useState<readonly Result[]>([])
  const [locked, setLocked] = useState(false)
  const [offered, setOffered] = useState<readonly ModelName[]>(modelNames)
  const access = useRef<ContextDrag | null>(null)
  const opened = async () => {
    if (access.current === null) use(await openApi())
    return access.current
  }
  const use = (api: ContextDrag | null) => {
    access.current = api
    // Where this fails, so does the edit, and says why.
    api?.models().then(
      (offers) => setOffered(offers.map(({ name }) => name)),
      () => {},
    )
  }
  // At once, so that only models are shown that the token may use.
  useEffect(() => {
    opened().catch(() => {})
  }, [])
  const stop = useRef<AbortController | null>(null)
  const started = useRef(0)
  const waiting = useRef<Parameters<Running['start']> | null>(null)

  const start = async (...asked: Parameters<Running['start']>) => {
    const [photo, draft, mask, count] = asked
    const controller = new AbortController()
    stop.current = controller
    started.current = performance.now()
    setResult(null)
    // Not after the client's retries.
    if (!navigator.onLine) return setProblem(problemText(null, false))
    setProblem(null)
    // One key, so that an edit that is sent again is not made twice.
    const key = crypto.randomUUID()
    const attempt = async (last: boolean): Promise<readonly Result[] | null> => {
      const opening = await opened()
      if (opening === null) {
        waiting.current = asked
        setLocked(true)
        return null
      }
      try {
        const { signal } = controller
        return await run(opening, photo, draft, mask, count, key, setProgress, signal)
      } catch (error) {
        if (!(error instanceof ContextDragError) || error.code !== 'unauthenticated') throw error
        // The token has expired: a new one is issued, or asked for.
        forgetToken()
        access.current = null
        if (last) throw error
        return attempt(true)
      }
    }
    try {
      setProgress(SENDING)
      const made = await attempt(false)
      if (made === null) return
      setResults((before) => [...before, ...made].slice(-KEPT_RESULTS))
      setResult(made[0] ?? null)
    } catch (error) {
      if (controller.signal.aborted) return
      setProblem(problemText(error, navigator.onLine))
    } finally {
      setProgress(null)
    }
  }
  const cancel = () => stop.current?.abort(new Error('cancelled'))
  return {
    progress,
    problem,
    result,
    results,
    locked,
    offered,
    api: opened,
    start: (...asked) => void start(...asked),
    cancel,
    cancelByHand: () => {
      if (performance.now() - started.current >= DOUBLE_CLICK_MS) cancel()
    },
    unlock: (unlocked) => {
      use(unlocked)
      setLocked(false)
      const asked = waiting.current
      waiting.current = null
      if (asked !== null) void start(...asked)
    },
    show: (next) => {
      setResult(next)
      setProblem(null)
    },
    setResults: (next) => {
      setResults(next)
      setResult(null)
      setProblem(null)
    },
  }
}

/** Reading and changing, with what a page shows meanwhile. */

import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useState } from 'preact/hooks'
import { call, messageOf, Problem, type Session } from './api.ts'

/** The session, and what ends it for the page: the server says that it is over. */
export const SessionContext = createContext<{
  readonly session: Session
  readonly over: () => void
} | null>(null)

export function useSession() {
  const value = useContext(SessionContext)
  if (value === null) throw new Error('nobody is signed in')
  return value
}

export type Read<T> = {
  readonly data: T | null
  readonly error: Problem | null
  readonly reload: () => void
}

/**
 * What a path has; null until it is there.
 *
 * @param every milliseconds after which it is read again while the page is seen; null for not at all
 */
export function useRead<T>(
  path: string,
  every: (data: T | null) => number | null = () => null,
): Read<T> {
  const { over } = useSession()
  const [read, setRead] = useState<{ path: string; data: T | null; error: Problem | null }>({
    path,
    data: null,
    error: null,
  })
  const [round, setRound] = useState(0)
  useEffect(() => {
    let isWanted = true
    call<T>('GET', path).then(
      (data) => isWanted && setRead({ path, data, error: null }),
      (error) => {
        if (!isWanted) return
        if (error instanceof Problem && error.code === 'unauthenticated') return over()
        const problem = error instanceof Problem ? error : new Problem('page', messageOf(error))
        setRead((before) => ({
          path,
          data: before.path === path ? before.data : null,
          error: problem,
        }))
      },
    )
    return () => {
      isWanted = false
    }
  }, [path, round, over])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  const isCurrent = read.path === path
  const data = isCurrent ? read.data : null
  const pause = every(data)
  useEffect(() => {
    if (pause === null) return
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), pause)
    return () => clearInterval(timer)
  }, [pause, reload])
  return { data, error: isCurrent ? read.error : null, reload }
}

export type Action = {
  readonly busy: boolean
  readonly error: string | null
  /** Does it, unless it is being done; tells whether it worked. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>
}

/** Something that a button does. */
export function useAction(): Action {
  const { over } = useSession()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const run = useCallback(
    async (work: () => Promise<unknown>) => {
      setBusy(true)
      setError(null)
      try {
        await work()
        return true
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.code === 'unauthenticated') over()
        setError(messageOf(thrown))
        return false
      } finally {
        setBusy(false)
      }
    },
    [over],
  )
  return { busy, error, run }
}

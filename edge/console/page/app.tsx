/** The console from outside: who is signed in, and which page is shown. */

import type { JSX } from 'preact'
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { Billing } from './account/billing.tsx'
import { Settings } from './account/settings.tsx'
import { Usage } from './account/usage.tsx'
import { messageOf, Problem, request, type Session } from './api/api.ts'
import { SessionContext } from './api/hooks.ts'
import { EditPage } from './edits/edit.tsx'
import { Edits } from './edits/edits.tsx'
import { Keys } from './keys/keys.tsx'
import { SignIn } from './sign-in.tsx'
import { Webhooks } from './webhooks/webhooks.tsx'

const PAGES: Record<string, readonly [name: string, page: () => JSX.Element]> = {
  usage: ['Usage', Usage],
  keys: ['Keys', Keys],
  edits: ['Edits', Edits],
  webhooks: ['Webhooks', Webhooks],
  billing: ['Billing', Billing],
  settings: ['Settings', Settings],
}
const LINK = '#sign-in='

type Entry =
  | { readonly state: 'unknown' }
  | { readonly state: 'out'; readonly problem: string | null }
  | { readonly state: 'in'; readonly session: Session }

/** Opens the link of the address bar, if it has one. @returns why it did not work, or null */
async function openLink(): Promise<string | null> {
  const { hash } = location
  if (!hash.startsWith(LINK)) return null
  // It leaves the address bar and the history first.
  history.replaceState(null, '', location.pathname)
  try {
    await request('POST', '/sign-in/open', { token: hash.slice(LINK.length) })
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** The payment page leads back with `?payment=`: to the page where it is listed. */
function turnToPayment(): void {
  if (!new URLSearchParams(location.search).has('payment')) return
  history.replaceState(null, '', `${location.pathname}#/billing`)
}

async function enter(): Promise<Entry> {
  turnToPayment()
  const problem = await openLink()
  try {
    return { state: 'in', session: await request<Session>('GET', '/api/session') }
  } catch (error) {
    const isOut = error instanceof Problem && error.code === 'unauthenticated'
    return { state: 'out', problem: problem ?? (isOut ? null : messageOf(error)) }
  }
}

export function App() {
  const [entry, setEntry] = useState<Entry>({ state: 'unknown' })
  const again = useCallback(() => {
    void enter().then((next) =>
      // A page that looks for a session forgets no problem that it shows.
      setEntry((now) =>
        now.state === 'out' && next.state === 'out' && next.problem === null ? now : next,
      ),
    )
  }, [])
  const over = useCallback(
    () => setEntry({ state: 'out', problem: 'Your session is over. Sign in again.' }),
    [],
  )
  const left = useCallback(() => setEntry({ state: 'out', problem: null }), [])
  useEffect(() => {
    again()
    const opened = () => location.hash.startsWith(LINK) && again()
    addEventListener('hashchange', opened)
    return () => removeEventListener('hashchange', opened)
  }, [again])
  if (entry.state === 'unknown')
    return (
      <main class="entrance">
        <p role="status">Loading …</p>
      </main>
    )
  if (entry.state === 'out') return <SignIn problem={entry.problem} again={again} />
  return <Console session={entry.session} over={over} left={left} />
}

function Console({
  session,
  over,
  left,
}: {
  readonly session: Session
  readonly over: () => void
  readonly left: () => void
}) {
  const [name, id] = useRoute()
  const value = useMemo(() => ({ session, over }), [session, over])
  const [title, Page] = PAGES[name] ?? ['Usage', Usage]
  useEffect(() => {
    document.title = `${title} · ContextDrag console`
  }, [title])
  const signOut = () => request('DELETE', '/api/session').then(left, left)
  return (
    <SessionContext.Provider value={value}>
      <div class="frame">
        <header>
          <a class="brand" href="#/usage">
            ContextDrag
          </a>
          <span class="who">{session.email}</span>
          <button type="button" class="quiet" onClick={signOut}>
            Sign out
          </button>
        </header>
        <nav aria-label="Console">
          {Object.entries(PAGES).map(([key, [label]]) => (
            <a key={key} href={`#/${key}`} aria-current={key === name ? 'page' : undefined}>
              {label}
            </a>
          ))}
          <a href="/">Playground</a>
          <a href="/docs">API reference</a>
        </nav>
        <main id="main">
          {name === 'edits' && id !== undefined ? <EditPage id={id} /> : <Page />}
        </main>
      </div>
    </SessionContext.Provider>
  )
}

/** The page and the id that the fragment names. Nothing else of it leads anywhere. */
function useRoute(): readonly [name: string, id: string | undefined] {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  const [, name = 'usage', id] = /^#\/([a-z]+)(?:\/([\w-]+))?$/.exec(hash) ?? []
  return [name in PAGES ? name : 'usage', id]
}

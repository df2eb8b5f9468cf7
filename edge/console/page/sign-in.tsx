/** The way in: an address, then the link that is mailed to it. */

import { useEffect, useState } from 'preact/hooks'
import { messageOf, request } from './api/api.ts'
import { ErrorLine, Field } from './parts/parts.tsx'

/** Of the regions that the service offers, those that mean something to an owner. */
const REGIONS = [
  ['auto', 'Wherever is nearest'],
  ['eu', 'In the European Union'],
] as const

/** @param problem why the owner is asked to sign in, if there is a reason @param again looks for a session */
export function SignIn({
  problem,
  again,
}: {
  readonly problem: string | null
  readonly again: () => void
}) {
  const [email, setEmail] = useState('')
  const [region, setRegion] = useState('auto')
  const [sentTo, setSentTo] = useState<string | null>(null)
  const [error, setError] = useState(problem)
  const [busy, setBusy] = useState(false)
  const [offered, setOffered] = useState<readonly string[]>([])
  useEffect(() => {
    // Without an answer there is no choice, and signing in works even so.
    request<{ regions: string[] }>('GET', '/sign-in').then(
      ({ regions }) => setOffered(regions),
      () => setOffered([]),
    )
  }, [])
  const choices = REGIONS.filter(([value]) => offered.includes(value))
  useEffect(() => setError(problem), [problem])
  useEffect(() => {
    // The link may have been opened in another tab.
    const look = () => document.visibilityState === 'visible' && again()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [again])
  const ask = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await request('POST', '/sign-in', { email, region })
      setSentTo(email)
    } catch (thrown) {
      setError(messageOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="entrance">
      <h1>ContextDrag console</h1>
      {sentTo !== null ? (
        <div class="card" role="status">
          <p>
            We have sent a link to <strong>{sentTo}</strong>. Open it{' '}
            <strong>in this browser</strong> within 15 minutes.
          </p>
          <p class="hint">Nothing there? Look among the spam, or check the address.</p>
          <button type="button" onClick={() => setSentTo(null)}>
            Ask for another link
          </button>
        </div>
      ) : (
        <form class="card" onSubmit={ask}>
          <p>Enter your e-mail address, and we send you a link. The first one opens an account.</p>
          <Field label="E-mail address">
            <input
              type="email"
              name="email"
              autocomplete="email"
              required
              maxLength={254}
              value={email}
              onInput={({ currentTarget }) => setEmail(currentTarget.value)}
            />
          </Field>
          {choices.length > 1 && (
            <details>
              <summary>New here? Where to keep your data</summary>
              <Field label="Region of a new account" hint="It cannot be changed later.">
                <select
                  value={region}
                  onChange={({ currentTarget }) => setRegion(currentTarget.value)}
                >
                  {choices.map(([value, name]) => (
                    <option key={value} value={value}>
                      {name}
                    </option>
                  ))}
                </select>
              </Field>
            </details>
          )}
          <button type="submit" class="primary wide" disabled={busy}>
            {busy ? 'Sending …' : 'Send the link'}
          </button>
          <ErrorLine error={error} />
        </form>
      )}
    </main>
  )
}

/** The account's alerts and origins, and the owner's sessions. */

import { useEffect, useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead, useSession } from '../api/hooks.ts'
import { AskButton, Badge, ErrorLine, Field, Loaded } from '../parts/parts.tsx'
import { agentText, parseMoney, timeText } from '../parts/words.ts'

type Sessions = {
  readonly sessions: readonly {
    readonly id: string
    readonly agent: string
    readonly isThis: boolean
    readonly createdAt: string
    readonly usedAt: string
  }[]
}

export function Settings() {
  const { session } = useSession()
  const account = useRead<Schemas['Account']>('/account')
  return (
    <>
      <h1>Settings</h1>
      <section class="card">
        <h2>Account</h2>
        <dl class="pairs">
          <dt>Owner</dt>
          <dd>{session.email}</dd>
          <dt>Account</dt>
          <dd>
            <code>{session.account}</code>
          </dd>
          <dt>Region</dt>
          <dd>{session.region === 'auto' ? 'wherever is nearest' : session.region}</dd>
        </dl>
      </section>
      <Loaded read={account}>
        {(found) => <AccountForm account={found} reload={account.reload} />}
      </Loaded>
      <SessionList />
    </>
  )
}

function AccountForm({
  account,
  reload,
}: {
  readonly account: Schemas['Account']
  readonly reload: () => void
}) {
  const { busy, error, run } = useAction()
  const [low, setLow] = useState('')
  const [origins, setOrigins] = useState('')
  const { session } = useSession()
  const alerts = useRead<{ readonly mailed: boolean }>('/alerts')
  const [mailed, setMailed] = useState(false)
  const [saved, setSaved] = useState(false)
  useEffect(() => {
    setLow(String(account.lowBalance / 1e6))
    setOrigins(account.origins.join('\n'))
  }, [account])
  useEffect(() => setMailed(alerts.data?.mailed ?? false), [alerts.data])
  const save = async (event: Event) => {
    event.preventDefault()
    setSaved(false)
    const isSaved = await run(async () => {
      const lowBalance = parseMoney(low)
      if (lowBalance === null) throw new Error(`${low} is not an amount.`)
      const lines = origins.split('\n').map((line) => line.trim())
      await call('PUT', '/account', { lowBalance, origins: lines.filter((line) => line !== '') })
      await call(mailed ? 'PUT' : 'DELETE', '/alerts')
    })
    setSaved(isSaved)
    if (isSaved) reload()
  }
  return (
    <form class="card fields" onSubmit={save}>
      <h2>Alerts and origins</h2>
      <Field
        label={`Alert when the balance falls below (${account.currency})`}
        hint="Webhooks get a balance.low event. 0 turns it off. Each key may have a limit per month as well: see Keys."
      >
        <input
          inputMode="decimal"
          value={low}
          onInput={({ currentTarget }) => setLow(currentTarget.value)}
        />
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={mailed}
          onChange={({ currentTarget }) => setMailed(currentTarget.checked)}
        />
        <span>Mail it to {session.email}, too</span>
      </label>
      <Field
        label="Web pages that may use the account's keys, one origin a line"
        hint="None allows all. Client tokens may have origins of their own."
      >
        <textarea
          rows={3}
          placeholder="https://app.example"
          value={origins}
          onInput={({ currentTarget }) => setOrigins(currentTarget.value)}
        />
      </Field>
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          Save
        </button>
        <span role="status">{saved ? 'Saved.' : ''}</span>
      </div>
      <ErrorLine error={error} />
    </form>
  )
}

function SessionList() {
  const read = useRead<Sessions>('/sessions')
  const { busy, error, run } = useAction()
  const end = (path: string) => run(() => call('DELETE', path)).then(read.reload)
  return (
    <section class="card">
      <h2>Where you are signed in</h2>
      <Loaded read={read}>
        {({ sessions }) => (
          <>
            <ul class="rows">
              {sessions.map(({ id, agent, isThis, createdAt, usedAt }) => (
                <li key={id}>
                  <div>
                    <strong>{agentText(agent)}</strong>{' '}
                    {isThis && <Badge tone="good">this one</Badge>}
                    <p class="hint">
                      Since {timeText(createdAt)}, last used {timeText(usedAt)}
                    </p>
                  </div>
                  {!isThis && (
                    <button
                      type="button"
                      class="quiet"
                      disabled={busy}
                      onClick={() => end(`/sessions/${id}`)}
                    >
                      Sign out there
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {sessions.length > 1 && (
              <AskButton
                label="Sign out everywhere else"
                text="End every session but this one?"
                verb="Sign out"
                busy={busy}
                onYes={() => end('/sessions')}
              />
            )}
          </>
        )}
      </Loaded>
      <ErrorLine error={error} />
    </section>
  )
}

/** Client tokens of the account's keys, and the form of a new one. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead, useSession } from '../api/hooks.ts'
import { AskButton, Badge, ErrorLine, Field, Loaded, Once } from '../parts/parts.tsx'
import { counted, money, parseMoney, timeText } from '../parts/words.ts'

type Keys = Schemas['KeyList']['keys']
type Token = Schemas['ClientTokenList']['clientTokens'][number]

/** @param keys those that are valid */
export function ClientTokens({ keys }: { readonly keys: Keys }) {
  const read = useRead<Schemas['ClientTokenList']>('/client-tokens')
  const [secret, setSecret] = useState<string | null>(null)
  const parents = keys.filter(({ scopes }) => scopes.includes('edits:write'))
  return (
    <section>
      <h2>Client tokens</h2>
      <p class="hint">
        For one app or page: a few edits, for a day at most. Your backend makes them with POST
        /v1/client-tokens.
      </p>
      {secret !== null && <Once what="client token" secret={secret} done={() => setSecret(null)} />}
      {parents.length === 0 ? (
        <p>Make a key that may create edits first.</p>
      ) : (
        <NewToken
          keys={parents}
          made={(token) => {
            setSecret(token)
            read.reload()
          }}
        />
      )}
      <Loaded read={read}>
        {({ clientTokens }) =>
          clientTokens.length === 0 ? null : (
            <ul class="rows card" aria-label="Client tokens">
              {clientTokens.map((token) => (
                <TokenRow key={token.id} token={token} changed={read.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

function TokenRow({ token, changed }: { readonly token: Token; readonly changed: () => void }) {
  const { session } = useSession()
  const { busy, error, run } = useAction()
  const { id, name, mode, edits, spent, maxSpend, expiresAt, revokedAt, key } = token
  return (
    <li>
      <div>
        <strong>{name || id}</strong>{' '}
        <Badge tone={mode === 'live' ? 'good' : 'plain'}>{mode}</Badge>{' '}
        {revokedAt !== null && <Badge tone="bad">revoked</Badge>}
        <p class="hint">
          {counted(edits, 'edit')} left · {money(spent, session.currency)} spent
          {maxSpend === null ? '' : ` of at most ${money(maxSpend, session.currency)}`} · of key{' '}
          <code>{key}</code> · until {timeText(expiresAt)}
        </p>
        <ErrorLine error={error} />
      </div>
      {revokedAt === null && (
        <AskButton
          label="Revoke"
          text={`Revoke the client token ${name || id}?`}
          verb="Revoke"
          busy={busy}
          onYes={() => run(() => call('DELETE', `/client-tokens/${id}`)).then(changed)}
        />
      )}
    </li>
  )
}

function NewToken({ keys, made }: { readonly keys: Keys; readonly made: (token: string) => void }) {
  const { session } = useSession()
  const { busy, error, run } = useAction()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(fields.get(name) ?? '').trim()
    return run(async () => {
      const maxSpend = parseMoney(text('maxSpend'))
      if (text('maxSpend') !== '' && maxSpend === null)
        throw new Error(`${text('maxSpend')} is not an amount.`)
      const { token } = await call<Schemas['NewClientToken']>('POST', '/client-tokens', {
        key: text('key'),
        name: text('name'),
        edits: Number(text('edits')),
        expiresIn: Number(text('expiresIn')),
        ...(maxSpend !== null && { maxSpend }),
      })
      made(token)
    })
  }
  return (
    <details class="card">
      <summary>New client token</summary>
      <form class="fields" aria-label="New client token" onSubmit={submit}>
        <Field label="Of the key">
          <select name="key">
            {keys.map(({ id, name, mode }) => (
              <option key={id} value={id}>
                {name || id} ({mode})
              </option>
            ))}
          </select>
        </Field>
        <Field label="Name of the client token">
          <input name="name" maxLength={100} />
        </Field>
        <Field label="Edits">
          <input name="edits" type="number" min={1} max={10000} defaultValue="10" required />
        </Field>
        <Field label="Valid for">
          <select name="expiresIn">
            <option value="3600">an hour</option>
            <option value="43200">12 hours</option>
            <option value="86400">a day</option>
          </select>
        </Field>
        <Field label={`Spends at most (${session.currency})`} hint="Empty: no limit of its own.">
          <input name="maxSpend" inputMode="decimal" />
        </Field>
        <button type="submit" class="primary" disabled={busy}>
          Create the client token
        </button>
        <ErrorLine error={error} />
      </form>
    </details>
  )
}

/** The form of a new key. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useSession } from '../api/hooks.ts'
import { ErrorLine, Field } from '../parts/parts.tsx'
import { parseMoney } from '../parts/words.ts'

/** Every scope, and what it allows. */
const SCOPES: Record<Schemas['NewKey']['scopes'][number], string> = {
  'edits:write': 'create edits',
  'edits:read': 'read edits',
  'usage:read': 'read balance and usage',
  'webhooks:write': 'manage webhooks',
  'keys:write': 'make keys and client tokens',
  'billing:write': 'top up and change auto-recharge',
}
/** Those that a key has unless others are chosen. */
const USUAL = ['edits:write', 'edits:read']

export function NewKey({ made }: { readonly made: (key: string) => void }) {
  const { session } = useSession()
  const { busy, error, run } = useAction()
  const [isOpen, setIsOpen] = useState(false)
  if (!isOpen)
    return (
      <button type="button" class="primary" onClick={() => setIsOpen(true)}>
        New key
      </button>
    )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    return run(async () => {
      const { key } = await call<Schemas['NewKey']>('POST', '/keys', orderOf(fields))
      setIsOpen(false)
      made(key)
    })
  }
  return (
    <form class="card fields" aria-label="New key" onSubmit={submit}>
      <h2>New key</h2>
      <Field label="Name">
        <input name="name" maxLength={100} required placeholder="backend" />
      </Field>
      <Field label="Mode" hint="Test keys are free, and limited to models that need no GPU.">
        <select name="mode">
          <option value="test">test</option>
          <option value="live">live</option>
        </select>
      </Field>
      <fieldset>
        <legend>It may</legend>
        {Object.entries(SCOPES).map(([scope, text]) => (
          <label key={scope} class="check">
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              defaultChecked={USUAL.includes(scope)}
            />
            <span>
              {text} <code>{scope}</code>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={`Spends at most, per month (${session.currency})`} hint="Empty: no limit.">
        <input name="spendPerMonth" inputMode="decimal" />
      </Field>
      <Field label="Creates at most, edits per minute" hint="Empty: the service's own limit.">
        <input name="ratePerMinute" type="number" min={1} max={100000} />
      </Field>
      <Field label="Valid until" hint="Empty: until it is revoked.">
        <input name="expiresAt" type="datetime-local" />
      </Field>
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          Create the key
        </button>
        <button type="button" onClick={() => setIsOpen(false)}>
          Cancel
        </button>
      </div>
      <ErrorLine error={error} />
    </form>
  )
}

/** The request's body. @throws Error with what to correct */
function orderOf(fields: FormData): object {
  const text = (name: string) => String(fields.get(name) ?? '').trim()
  const scopes = fields.getAll('scopes')
  if (scopes.length === 0) throw new Error('Choose at least one thing that the key may do.')
  const limit = text('spendPerMonth')
  const spendPerMonth = parseMoney(limit)
  if (limit !== '' && spendPerMonth === null) throw new Error(`${limit} is not an amount.`)
  return {
    name: text('name'),
    mode: text('mode'),
    scopes,
    ...(spendPerMonth !== null && { spendPerMonth }),
    ...(text('ratePerMinute') !== '' && { ratePerMinute: Number(text('ratePerMinute')) }),
    ...(text('expiresAt') !== '' && { expiresAt: new Date(text('expiresAt')).toISOString() }),
  }
}

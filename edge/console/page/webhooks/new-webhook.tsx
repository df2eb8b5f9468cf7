/** The form of a new webhook endpoint. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction } from '../api/hooks.ts'
import { ErrorLine, Field } from '../parts/parts.tsx'

type WebhookEvent = Schemas['WebhookList']['webhooks'][number]['events'][number]
/** Every event, with what it is about. */
const EVENTS: Record<Exclude<WebhookEvent, 'test'>, string> = {
  'edit.succeeded': 'an edit succeeded',
  'edit.failed': 'an edit failed',
  'edit.canceled': 'an edit was cancelled',
  'edit.expired': 'an edit expired',
  'balance.low': 'the balance is low',
  'recharge.stopped': 'auto-recharge turned itself off',
}

export function NewWebhook({ made }: { readonly made: (secret: string) => void }) {
  const { busy, error, run } = useAction()
  const [isOpen, setIsOpen] = useState(false)
  if (!isOpen)
    return (
      <button type="button" class="primary" onClick={() => setIsOpen(true)}>
        New endpoint
      </button>
    )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    return run(async () => {
      const events = fields.getAll('events')
      if (events.length === 0) throw new Error('Choose at least one event.')
      const order = { url: String(fields.get('url')), events: [...events, 'test'] }
      const { secret } = await call<Schemas['NewWebhook']>('POST', '/webhooks', order)
      setIsOpen(false)
      made(secret)
    })
  }
  return (
    <form class="card fields" aria-label="New endpoint" onSubmit={submit}>
      <h2>New endpoint</h2>
      <Field label="URL" hint="https, on a public host.">
        <input name="url" type="url" required maxLength={2000} placeholder="https://" />
      </Field>
      <fieldset>
        <legend>It is told that</legend>
        {Object.entries(EVENTS).map(([event, text]) => (
          <label key={event} class="check">
            <input type="checkbox" name="events" value={event} defaultChecked />
            <span>
              {text} <code>{event}</code>
            </span>
          </label>
        ))}
      </fieldset>
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          Add the endpoint
        </button>
        <button type="button" onClick={() => setIsOpen(false)}>
          Cancel
        </button>
      </div>
      <ErrorLine error={error} />
    </form>
  )
}

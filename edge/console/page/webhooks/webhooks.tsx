/** Webhook endpoints: who is told of what. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead } from '../api/hooks.ts'
import { AskButton, Badge, ErrorLine, Loaded, Once } from '../parts/parts.tsx'
import { Deliveries } from './deliveries.tsx'
import { NewWebhook } from './new-webhook.tsx'

type Endpoint = Schemas['WebhookList']['webhooks'][number]

export function Webhooks() {
  const read = useRead<Schemas['WebhookList']>('/webhooks')
  const [secret, setSecret] = useState<string | null>(null)
  return (
    <>
      <h1>Webhooks</h1>
      <p class="hint">
        Your server is told how each edit ended, and when the balance is low. Messages are signed as
        Standard Webhooks.
      </p>
      {secret !== null && (
        <Once what="signing secret" secret={secret} done={() => setSecret(null)} />
      )}
      <NewWebhook
        made={(made) => {
          setSecret(made)
          read.reload()
        }}
      />
      <Loaded read={read}>
        {({ webhooks }) => (
          <>
            {webhooks.length === 0 && <p>There are no endpoints yet.</p>}
            {webhooks.map((endpoint) => (
              <EndpointCard
                key={endpoint.id}
                endpoint={endpoint}
                changed={read.reload}
                newSecret={setSecret}
              />
            ))}
          </>
        )}
      </Loaded>
    </>
  )
}

function EndpointCard({
  endpoint: { id, url, events, disabledAt },
  changed,
  newSecret,
}: {
  readonly endpoint: Endpoint
  readonly changed: () => void
  readonly newSecret: (secret: string) => void
}) {
  const { busy, error, run } = useAction()
  const [sent, setSent] = useState(0)
  const test = () =>
    run(() => call('POST', `/webhooks/${id}/test`, {})).then(() => setSent(sent + 1))
  const isMail = url.startsWith('mailto:')
  const rotate = () =>
    run(async () => {
      const { secret } = await call<Schemas['RotatedWebhook']>('POST', `/webhooks/${id}/rotate`, {})
      newSecret(secret)
      changed()
    })
  return (
    <section class="card" aria-label={url}>
      <h2 class="url">
        {url} {disabledAt !== null && <Badge tone="bad">disabled: it answered 410</Badge>}
      </h2>
      <p class="hint">{events.join(', ')}</p>
      <div class="buttons">
        <button type="button" disabled={busy} onClick={test}>
          Send a test
        </button>
        {!isMail && (
          <AskButton
            label="Replace the secret"
            text="Make a new signing secret? For a day, messages are signed with both."
            verb="Replace"
            busy={busy}
            onYes={rotate}
          />
        )}
        <AskButton
          label="Remove"
          text={`Remove ${url}? Its deliveries are forgotten.`}
          verb="Remove"
          busy={busy}
          onYes={() => run(() => call('DELETE', `/webhooks/${id}`)).then(changed)}
        />
      </div>
      <ErrorLine error={error} />
      <Deliveries endpoint={id} sent={sent} />
    </section>
  )
}

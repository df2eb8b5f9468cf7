/** What was sent to an endpoint, with what it answered, and the way to send it once more. */

import { useEffect, useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead } from '../api/hooks.ts'
import { Badge, ErrorLine, Loaded } from '../parts/parts.tsx'
import { durationText, timeText } from '../parts/words.ts'

type Delivery = Schemas['DeliveryList']['deliveries'][number]

const AGAIN_MS = 5000

/** @param sent changes when something was sent: it is in the list a moment later */
export function Deliveries({
  endpoint,
  sent,
}: {
  readonly endpoint: string
  readonly sent: number
}) {
  const read = useRead<Schemas['DeliveryList']>(`/webhooks/${endpoint}/deliveries`, () => AGAIN_MS)
  const [failedOnly, setFailedOnly] = useState(false)
  const [again, setAgain] = useState(0)
  const { busy, error, run } = useAction()
  const { reload } = read
  useEffect(() => {
    if (sent + again === 0) return
    const timer = setTimeout(reload, 800)
    return () => clearTimeout(timer)
  }, [sent, again, reload])
  const resend = (message: string) =>
    run(() => call('POST', `/webhooks/${endpoint}/deliveries/${message}/redeliver`, {})).then(() =>
      setAgain((before) => before + 1),
    )
  return (
    <Loaded read={read}>
      {({ deliveries }) => {
        const failed = deliveries.filter((one) => !isDelivered(one))
        const shown = failedOnly ? failed : deliveries
        return (
          <>
            <h3>Deliveries</h3>
            {deliveries.length === 0 && <p class="hint">Nothing was sent yet.</p>}
            {deliveries.length > 0 && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={failedOnly}
                  onChange={({ currentTarget }) => setFailedOnly(currentTarget.checked)}
                />
                <span>Failed ones only ({failed.length})</span>
              </label>
            )}
            <ErrorLine error={error} />
            <ul class="rows" aria-label="Deliveries">
              {shown.map((one) => (
                <li key={`${one.message} ${one.attempt} ${one.at}`}>
                  <div>
                    <Badge tone={isDelivered(one) ? 'good' : 'bad'}>
                      {one.status === 0 ? 'no answer' : one.status}
                    </Badge>{' '}
                    <strong>{one.type}</strong>
                    <p class="hint">
                      {timeText(one.at)} · attempt {one.attempt} · {durationText(one.milliseconds)}{' '}
                      · <code>{one.message}</code>
                    </p>
                    {!isDelivered(one) && <p class="hint">{one.detail}</p>}
                  </div>
                  <button
                    type="button"
                    class="quiet"
                    disabled={busy}
                    onClick={() => resend(one.message)}
                  >
                    Send again
                  </button>
                </li>
              ))}
            </ul>
          </>
        )
      }}
    </Loaded>
  )
}

function isDelivered({ status }: Delivery): boolean {
  return status >= 200 && status < 300
}

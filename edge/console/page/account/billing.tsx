/** Top-ups, auto-recharge and receipts, where the service takes payments. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead } from '../api/hooks.ts'
import { Badge, ErrorLine, Loaded } from '../parts/parts.tsx'
import { money, timeText } from '../parts/words.ts'
import { AutoRecharge, type Packs } from './auto-recharge.tsx'

type Payment = Schemas['Payment']

const AGAIN_MS = 3000

export function Billing() {
  const billing = useRead<Schemas['Billing']>('/billing')
  const isOff = billing.error?.code === 'not_found' || billing.data?.enabled === false
  return (
    <>
      <h1>Billing</h1>
      {isOff ? (
        <p>This service takes no payments here. Ask its operator for a top-up.</p>
      ) : (
        <Loaded read={billing}>
          {(state) => (
            <>
              <TopUp packs={state.packs} currency={state.currency} />
              <AutoRecharge
                recharge={state.autoRecharge}
                packs={state.packs}
                currency={state.currency}
                changed={billing.reload}
              />
              <Payments />
            </>
          )}
        </Loaded>
      )}
    </>
  )
}

function TopUp({ packs, currency }: { readonly packs: Packs; readonly currency: string }) {
  const { busy, error, run } = useAction()
  const [saveCard, setSaveCard] = useState(false)
  const pay = (pack: string) =>
    run(async () => {
      const { url } = await call<Payment>('POST', '/billing/checkouts', { pack, saveCard })
      if (url === null) throw new Error('This payment cannot be made any more. Try again.')
      location.assign(url)
    })
  return (
    <section class="card">
      <h2>Top up</h2>
      <div class="buttons">
        {packs.map(({ id, amount, credit }) => (
          <button key={id} type="button" class="primary" disabled={busy} onClick={() => pay(id)}>
            Pay {money(amount, currency)}
            {credit === amount ? '' : ` for ${money(credit, currency)}`}
          </button>
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={saveCard}
          onChange={({ currentTarget }) => setSaveCard(currentTarget.checked)}
        />
        <span>Keep the card for auto-recharge</span>
      </label>
      <p class="hint">You pay on a page of Stripe's. We never see the card's number.</p>
      <ErrorLine error={error} />
    </section>
  )
}

function Payments() {
  // Stripe tells the service seconds after it has led back here.
  const read = useRead<{ readonly payments: readonly Payment[] }>('/billing/payments', (data) =>
    data?.payments.some(({ state }) => state === 'open') ? AGAIN_MS : null,
  )
  return (
    <section class="card">
      <h2>Payments and receipts</h2>
      <Loaded read={read}>
        {({ payments }) =>
          payments.length === 0 ? (
            <p class="hint">There are none yet.</p>
          ) : (
            <ul class="rows" aria-label="Payments">
              {payments.map((payment) => (
                <PaymentRow key={payment.id} payment={payment} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

function PaymentRow({ payment }: { readonly payment: Payment }) {
  const { kind, state, amount, credit, returned, currency, url, receipt, fault, createdAt } =
    payment
  const tone = state === 'paid' ? 'good' : state === 'open' ? 'busy' : 'bad'
  return (
    <li>
      <div>
        <strong>{money(amount, currency)}</strong> <Badge tone={tone}>{state}</Badge>
        <p class="hint">
          {timeText(createdAt)} · {kind === 'recharge' ? 'auto-recharge' : 'top-up'} ·{' '}
          {money(credit, currency)} credit
          {returned > 0 ? ` · ${money(returned, currency)} paid back` : ''}
        </p>
        {fault !== null && <p class="hint">{fault}</p>}
      </div>
      {receipt !== null && (
        <a href={receipt} target="_blank" rel="noreferrer">
          Receipt
        </a>
      )}
      {state === 'open' && url !== null && <a href={url}>Pay now</a>}
    </li>
  )
}

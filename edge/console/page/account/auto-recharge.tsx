/** Tops up by itself when the balance is low, with a card that was kept. */

import { call, type Schemas } from '../api/api.ts'
import { useAction } from '../api/hooks.ts'
import { ErrorLine, Field } from '../parts/parts.tsx'
import { money, parseMoney } from '../parts/words.ts'

/** What can be bought. */
export type Packs = Schemas['Billing']['packs']

/** Why it turned itself off, and what to do. */
const STOPPED: Record<string, string> = {
  declined: 'the bank declined the card',
  authentication_required: 'the bank wants you to confirm: top up once, then turn it on again',
  unreachable: 'the charge could not be made',
  pack_gone: 'what it bought is no longer sold',
  refunded: 'a payment was paid back',
  disputed: 'a payment is disputed',
}

export function AutoRecharge({
  recharge: { enabled, threshold, pack, monthlyLimit, card, stopped },
  packs,
  currency,
  changed,
}: {
  readonly recharge: Schemas['AutoRecharge']
  readonly packs: Packs
  readonly currency: string
  readonly changed: () => void
}) {
  const { busy, error, run } = useAction()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    return run(async () => {
      const amount = (name: string): number | null => {
        const text = String(fields.get(name)).trim()
        const micro = parseMoney(text)
        if (text !== '' && micro === null) throw new Error(`${text} is not an amount.`)
        return micro
      }
      const limit = amount('monthlyLimit')
      await call('PUT', '/billing/auto-recharge', {
        threshold: amount('threshold'),
        pack: String(fields.get('pack')),
        ...(limit !== null && { monthlyLimit: limit }),
      })
    }).then(changed)
  }
  const stop = () => run(() => call('DELETE', '/billing/auto-recharge')).then(changed)
  return (
    <section class="card">
      <h2>Auto-recharge</h2>
      {stopped !== null && (
        <p class="problem">It turned itself off: {STOPPED[stopped] ?? stopped}.</p>
      )}
      {card === null ? (
        <p class="hint">
          Top up once and keep the card: then the balance can be topped up by itself.
        </p>
      ) : (
        <form class="fields" aria-label="Auto-recharge" onSubmit={submit}>
          <p>
            {enabled ? 'On' : 'Off'}, with the {card.brand} card that ends in {card.last4}.
          </p>
          <Field label={`When the balance falls below (${currency})`}>
            <input
              name="threshold"
              inputMode="decimal"
              required
              defaultValue={String((threshold || 5e6) / 1e6)}
            />
          </Field>
          <Field label="Pay">
            <select name="pack" defaultValue={pack ?? undefined}>
              {packs.map(({ id, amount }) => (
                <option key={id} value={id}>
                  {money(amount, currency)}
                </option>
              ))}
            </select>
          </Field>
          <Field label={`At most, in a month (${currency})`} hint="Empty: no limit.">
            <input
              name="monthlyLimit"
              inputMode="decimal"
              defaultValue={monthlyLimit === null ? '' : String(monthlyLimit / 1e6)}
            />
          </Field>
          <div class="buttons">
            <button type="submit" class="primary" disabled={busy}>
              {enabled ? 'Change' : 'Turn on'}
            </button>
            {enabled && (
              <button type="button" disabled={busy} onClick={stop}>
                Turn off
              </button>
            )}
          </div>
        </form>
      )}
      <ErrorLine error={error} />
    </section>
  )
}

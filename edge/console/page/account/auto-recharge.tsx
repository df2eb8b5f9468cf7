/** Tops up by itself when the balance is low, with a card that was kept. */

import { call } from '../api/api.ts'
import { useAction } from '../api/hooks.ts'
import { ErrorLine, Field } from '../parts/parts.tsx'
import { money, parseMoney } from '../parts/words.ts'

/** What can be bought: paid, and got. */
export type Pack = { readonly id: string; readonly amount: number; readonly credit: number }

export type Recharge = {
  readonly enabled: boolean
  readonly threshold: number
  readonly pack: string | null
  readonly card: { readonly brand: string; readonly last4: string } | null
  /** Why it turned itself off. */
  readonly stopped: string | null
}

export function AutoRecharge({
  recharge: { enabled, threshold, pack, card, stopped },
  packs,
  currency,
  changed,
}: {
  readonly recharge: Recharge
  readonly packs: readonly Pack[]
  readonly currency: string
  readonly changed: () => void
}) {
  const { busy, error, run } = useAction()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    return run(async () => {
      const text = String(fields.get('threshold'))
      const below = parseMoney(text)
      if (below === null) throw new Error(`${text} is not an amount.`)
      const order = { threshold: below, pack: String(fields.get('pack')) }
      await call('PUT', '/billing/auto-recharge', order)
    }).then(changed)
  }
  const stop = () => run(() => call('DELETE', '/billing/auto-recharge')).then(changed)
  return (
    <section class="card">
      <h2>Auto-recharge</h2>
      {stopped !== null && <p class="problem">It turned itself off: {stopped}.</p>}
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

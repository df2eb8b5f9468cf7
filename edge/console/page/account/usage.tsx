/** Balance, and what was spent: by day, by key and by model. */

import { useState } from 'preact/hooks'
import type { Schemas } from '../api/api.ts'
import { useRead, useSession } from '../api/hooks.ts'
import { DayChart, ShareTable } from '../parts/chart.tsx'
import { Loaded } from '../parts/parts.tsx'
import { counted, money } from '../parts/words.ts'

const SPANS = [7, 30, 90] as const
const DAY_MS = 24 * 3600_000

export function Usage() {
  const { session } = useSession()
  const [span, setSpan] = useState<number>(30)
  const today = new Date().toISOString().slice(0, 10)
  const first = new Date(Date.parse(today) - (span - 1) * DAY_MS).toISOString().slice(0, 10)
  const query = `from=${first}&to=${today}`
  const account = useRead<Schemas['Account']>('/account', () => 10_000)
  const byDay = useRead<Schemas['Usage']>(`/usage?by=day&${query}`)
  const byKey = useRead<Schemas['Usage']>(`/usage?by=key&${query}`)
  const byModel = useRead<Schemas['Usage']>(`/usage?by=model&${query}`)
  const keys = useRead<Schemas['KeyList']>('/keys')
  const inMoney = (amount: number) => money(amount, session.currency)
  const nameOf = (id: string | undefined) =>
    keys.data?.keys.find((key) => key.id === id)?.name || id || 'unknown'
  const share = (line: Schemas['Usage']['usage'][number], id: string, name: string) => ({
    id,
    name,
    value: line.cost,
    text: `${inMoney(line.cost)} · ${counted(line.edits, 'edit')}`,
  })
  return (
    <>
      <h1>Usage</h1>
      <Loaded read={account}>
        {({ balance, held, lowBalance }) => (
          <div class="figures">
            <div class="card">
              <h2>Balance</h2>
              <p class="figure" data-testid="balance">
                {inMoney(balance)}
              </p>
              <p class="hint">
                {balance < lowBalance
                  ? `Below your alert at ${inMoney(lowBalance)}. `
                  : 'What can be spent. '}
                <a href="#/billing">Billing</a>
              </p>
            </div>
            <div class="card">
              <h2>Held</h2>
              <p class="figure">{inMoney(held)}</p>
              <p class="hint">Set aside for edits that are not over.</p>
            </div>
          </div>
        )}
      </Loaded>
      {keys.data?.keys.length === 0 && (
        <section class="card">
          <h2>Start here</h2>
          <p>
            Make a <a href="#/keys">key</a>, then create an edit with it: the{' '}
            <a href="/docs">API reference</a> has every route. Test keys are free.
          </p>
        </section>
      )}
      <fieldset class="choice">
        <legend>Days shown</legend>
        {SPANS.map((days) => (
          <label key={days}>
            <input
              type="radio"
              name="span"
              checked={span === days}
              onChange={() => setSpan(days)}
            />
            {days}
          </label>
        ))}
      </fieldset>
      <section class="card">
        <h2>By day</h2>
        <Loaded read={byDay}>
          {({ usage }) => {
            const lines = new Map(usage.map((line) => [line.day, line]))
            const days = Array.from({ length: span }, (_, i) => {
              const day = new Date(Date.parse(first) + i * DAY_MS).toISOString().slice(0, 10)
              const { cost = 0, edits = 0 } = lines.get(day) ?? {}
              return { day, cost, edits }
            })
            const isFree = days.every(({ cost }) => cost === 0)
            const total = usage.reduce((sum, { cost }) => sum + cost, 0)
            const edits = usage.reduce((sum, line) => sum + line.edits, 0)
            return (
              <>
                <p data-testid="total">
                  {inMoney(total)} for {counted(edits, 'edit')}
                </p>
                <DayChart
                  what={isFree ? 'Edits' : 'Cost'}
                  days={days.map((line) => ({
                    day: line.day,
                    value: isFree ? line.edits : line.cost,
                    text: `${inMoney(line.cost)} · ${counted(line.edits, 'edit')}`,
                  }))}
                />
              </>
            )
          }}
        </Loaded>
      </section>
      <div class="columns">
        <section class="card">
          <h2>By key</h2>
          <Loaded read={byKey}>
            {({ usage }) => (
              <ShareTable
                of="Key"
                shares={usage.map((line) => share(line, line.key ?? '', nameOf(line.key)))}
              />
            )}
          </Loaded>
        </section>
        <section class="card">
          <h2>By model</h2>
          <Loaded read={byModel}>
            {({ usage }) => (
              <ShareTable
                of="Model"
                shares={usage.map((line) =>
                  share(line, line.model ?? '', line.model || 'before models were counted'),
                )}
              />
            )}
          </Loaded>
        </section>
      </div>
      <p class="hint">
        Days are UTC. <a href={`/console/api/usage?by=day&${query}&format=csv`}>As CSV</a>
      </p>
    </>
  )
}

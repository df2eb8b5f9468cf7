/** The account's keys, and client tokens made with them. */

import { useState } from 'preact/hooks'
import { call, type Schemas } from '../api/api.ts'
import { useAction, useRead, useSession } from '../api/hooks.ts'
import { AskButton, Badge, ErrorLine, Loaded, Once } from '../parts/parts.tsx'
import { money, timeText } from '../parts/words.ts'
import { ClientTokens } from './client-tokens.tsx'
import { NewKey } from './new-key.tsx'

type Key = Schemas['KeyList']['keys'][number]

export function Keys() {
  const read = useRead<Schemas['KeyList']>('/keys')
  const [secret, setSecret] = useState<string | null>(null)
  return (
    <>
      <h1>Keys</h1>
      <p class="hint">
        A key belongs on your servers. Apps and pages get client tokens, which a key makes or you
        make below.
      </p>
      {secret !== null && <Once what="key" secret={secret} done={() => setSecret(null)} />}
      <NewKey
        made={(key) => {
          setSecret(key)
          read.reload()
        }}
      />
      <Loaded read={read}>
        {({ keys }) => (
          <>
            {keys.length === 0 && <p>There are no keys yet.</p>}
            <ul class="rows card" aria-label="Keys">
              {[...keys].sort(newestFirst).map((key) => (
                <KeyRow key={key.id} line={key} changed={read.reload} />
              ))}
            </ul>
            <ClientTokens keys={keys.filter((key) => stateOf(key) === null)} />
          </>
        )}
      </Loaded>
    </>
  )
}

/** Those that are over come last. */
function newestFirst(a: Key, b: Key): number {
  const over = Number(stateOf(a) !== null) - Number(stateOf(b) !== null)
  return over || b.createdAt.localeCompare(a.createdAt)
}

function stateOf({ revokedAt, expiresAt }: Key): 'revoked' | 'expired' | null {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : null
}

function KeyRow({ line, changed }: { readonly line: Key; readonly changed: () => void }) {
  const { session } = useSession()
  const { busy, error, run } = useAction()
  const state = stateOf(line)
  const { id, name, mode, scopes, spent, spendPerMonth, ratePerMinute, expiresAt } = line
  const inMoney = (amount: number) => money(amount, session.currency)
  const isThisMonth = spent.month === new Date().toISOString().slice(0, 7)
  const used = inMoney(isThisMonth ? spent.amount : 0)
  return (
    <li>
      <div>
        <strong>{name || id}</strong>{' '}
        <Badge tone={mode === 'live' ? 'good' : 'plain'}>{mode}</Badge>{' '}
        {state !== null && <Badge tone="bad">{state}</Badge>}
        <p class="hint">
          <code>{id}</code> · {scopes.join(', ')}
        </p>
        <p class="hint">
          {used} this month{spendPerMonth === null ? '' : ` of at most ${inMoney(spendPerMonth)}`}
          {ratePerMinute === null ? '' : ` · ${ratePerMinute} edits a minute`} · made{' '}
          {timeText(line.createdAt)}
          {expiresAt === null ? '' : ` · until ${timeText(expiresAt)}`}
        </p>
        <ErrorLine error={error} />
      </div>
      {state === null && (
        <AskButton
          label="Revoke"
          text={`Revoke the key ${name || id}? It stops working, and with it the keys and client tokens that it made.`}
          verb="Revoke"
          busy={busy}
          onYes={() => run(() => call('DELETE', `/keys/${id}`)).then(changed)}
        />
      )}
    </li>
  )
}

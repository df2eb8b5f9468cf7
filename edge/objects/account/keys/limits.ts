/** How much of an account's keys and client tokens is used up: creates per minute, money, edits. */

import { EditError } from '../../../../shared/errors.ts'
import type { Authority, CreateLimit } from '../../../rpc/account/keys.ts'
import { row } from '../../sql.ts'
import { costOf } from '../ledger.ts'
import { lineOf } from './keyring.ts'

export const returnsColumn = [
  'ALTER TABLE client_token ADD COLUMN returns INTEGER NOT NULL DEFAULT 0',
]

/** Failed edits that a client token gets back: more would let one edit be tried for ever. */
const MAX_RETURNS = 5

/** Counts the account's messages among its keys, whose ids have ten characters. */
const MESSAGES = 'messages'

type ClientLimits = { edits: number; maxSpend: number | null; spent: number }

export class Limits {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * Counts creates against the rates of a key and of the keys above it. Counts whatever becomes of
   * them: call it outside the transaction that may fail.
   *
   * @param standard creates a minute where a key has no limit of its own
   * @param creates edits that one request makes
   * @throws EditError `rate_limited`
   */
  countCreate(key: string, standard: number, creates = 1): CreateLimit {
    const { minute, reset } = minuteNow()
    const counts = lineOf(this.#sql, key).map(({ id, ratePerMinute }) => ({
      id,
      limit: ratePerMinute ?? standard,
      count: this.#countOf(id, minute) + creates,
    }))
    for (const { limit, count } of counts)
      if (count > limit)
        throw new EditError(
          'rate_limited',
          `the key can create at most ${limit} edits per minute`,
          {
            retryAfter: reset,
          },
        )
    for (const { id, count } of counts) this.#setCount(id, minute, count)
    const [tightest] = counts.toSorted((a, b) => a.limit - a.count - (b.limit - b.count))
    if (tightest === undefined) throw new Error(`key ${key} no longer exists`)
    return { limit: tightest.limit, remaining: tightest.limit - tightest.count, reset }
  }

  /**
   * Counts a webhook message that a caller asks for, whatever becomes of it.
   *
   * @param most messages a minute, over all endpoints of the account
   * @throws EditError `rate_limited`
   */
  countMessage(most: number): void {
    const { minute, reset } = minuteNow()
    const count = this.#countOf(MESSAGES, minute) + 1
    if (count > most)
      throw new EditError(
        'rate_limited',
        `the account can send at most ${most} test events and repeated messages per minute`,
        { retryAfter: reset },
      )
    this.#setCount(MESSAGES, minute, count)
  }

  /**
   * @param price of so many edits together
   * @throws EditError `spend_limit` where they are beyond what is left
   */
  check(authority: Authority, price: number, edits = 1): void {
    const month = monthOf(Date.now())
    for (const key of lineOf(this.#sql, authority.key)) {
      const spent = key.month === month ? key.spent : 0
      if (key.spendPerMonth !== null && spent + price > key.spendPerMonth)
        throw new EditError(
          'spend_limit',
          `${costOf(price, edits)}; the key has spent ${spent} of ${key.spendPerMonth} this month`,
        )
    }
    if (authority.client === null) return
    const client = this.#client(authority.client)
    if (client.edits < edits)
      throw new EditError(
        'spend_limit',
        `the client token has ${client.edits < 1 ? 'no' : client.edits} edits left`,
      )
    if (client.maxSpend !== null && client.spent + price > client.maxSpend)
      throw new EditError(
        'spend_limit',
        `${costOf(price, edits)}; the client token has spent ${client.spent} of ${client.maxSpend}`,
      )
  }

  /** What a key or client token may still spend, in micro-units, and edits that a token has left. */
  left(authority: Authority): { readonly money: number; readonly edits: number } {
    const month = monthOf(Date.now())
    const money = lineOf(this.#sql, authority.key).map((key) =>
      key.spendPerMonth === null
        ? Number.POSITIVE_INFINITY
        : key.spendPerMonth - (key.month === month ? key.spent : 0),
    )
    if (authority.client === null)
      return { money: Math.min(...money), edits: Number.POSITIVE_INFINITY }
    const { edits, maxSpend, spent } = this.#client(authority.client)
    const own = maxSpend === null ? Number.POSITIVE_INFINITY : maxSpend - spent
    return { money: Math.min(own, ...money), edits }
  }

  /** Counts an edit against key, keys above it and client token. @throws EditError `spend_limit` */
  spend(authority: Authority, price: number): void {
    this.check(authority, price)
    const month = monthOf(Date.now())
    for (const { id } of lineOf(this.#sql, authority.key))
      this.#sql.exec(
        'UPDATE api_key SET spent = CASE month WHEN ?1 THEN spent ELSE 0 END + ?2, month = ?1 WHERE id = ?3',
        month,
        price,
        id,
      )
    if (authority.client !== null)
      this.#sql.exec(
        'UPDATE client_token SET edits = edits - 1, spent = spent + ? WHERE id = ? AND edits > 0',
        price,
        authority.client,
      )
  }

  /** Undoes {@link spend}: the hold was released. */
  unspend(key: string, client: string | null, price: number, at: number): void {
    for (const { id } of lineOf(this.#sql, key))
      this.#sql.exec(
        'UPDATE api_key SET spent = MAX(0, spent - ?) WHERE id = ? AND month = ?',
        price,
        id,
        monthOf(at),
      )
    if (client !== null)
      this.#sql.exec(
        'UPDATE client_token SET edits = edits + (returns < ?), returns = returns + 1, spent = MAX(0, spent - ?) WHERE id = ?',
        MAX_RETURNS,
        price,
        client,
      )
  }

  #setCount(key: string, minute: number, count: number): void {
    this.#sql.exec(
      'INSERT INTO rate (key, minute, count) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET minute = excluded.minute, count = excluded.count',
      key,
      minute,
      count,
    )
  }

  #countOf(key: string, minute: number): number {
    const rate = row<{ count: number }>(
      this.#sql,
      'SELECT count FROM rate WHERE key = ? AND minute = ?',
      key,
      minute,
    )
    return rate?.count ?? 0
  }

  #client(id: string): ClientLimits {
    const query = 'SELECT edits, maxSpend, spent FROM client_token WHERE id = ?'
    const client = row<ClientLimits>(this.#sql, query, id)
    if (client === null) throw new Error(`client token ${id} no longer exists`)
    return client
  }
}

/** The minute, and the seconds until the next. */
function minuteNow(): { readonly minute: number; readonly reset: number } {
  const now = Date.now()
  const minute = Math.floor(now / 60_000)
  return { minute, reset: Math.ceil(((minute + 1) * 60_000 - now) / 1000) }
}

function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}

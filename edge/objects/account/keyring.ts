/**
 * An account's keys and client tokens: which are valid, what each may do, how much is left of its
 * limits. Secrets are stored as digests only.
 */

import { EditError } from '../../../shared/errors.ts'
import type { Credential, Mode, Scope } from '../../access/keys.ts'
import type {
  Authority,
  ClientRow,
  CreateLimit,
  KeyRow,
  NewClient,
  NewKey,
} from '../../rpc/account/keys.ts'
import { changed, row, rows } from '../sql.ts'

export const keyTables = [
  `CREATE TABLE api_key (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, mode TEXT NOT NULL, name TEXT NOT NULL,
    scopes TEXT NOT NULL, ratePerMinute INTEGER, spendPerMonth INTEGER,
    month TEXT NOT NULL DEFAULT '', spent INTEGER NOT NULL DEFAULT 0,
    createdAt INTEGER NOT NULL, expiresAt INTEGER, revokedAt INTEGER)`,
  `CREATE TABLE client_token (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, mode TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    expiresAt INTEGER NOT NULL, edits INTEGER NOT NULL, maxSpend INTEGER, spent INTEGER NOT NULL DEFAULT 0,
    maxSteps INTEGER, models TEXT, origins TEXT, createdAt INTEGER NOT NULL, revokedAt INTEGER)`,
  'CREATE TABLE rate (key TEXT PRIMARY KEY, minute INTEGER NOT NULL, count INTEGER NOT NULL)',
]

const KEY_COLUMNS =
  'id, mode, name, scopes, ratePerMinute, spendPerMonth, month, spent, createdAt, expiresAt, revokedAt'
const CLIENT_COLUMNS =
  'id, mode, key, name, expiresAt, edits, maxSpend, spent, maxSteps, models, origins, createdAt, revokedAt'
/** A client token may create uploads and edits and read its own. */
const CLIENT_SCOPES: readonly Scope[] = ['edits:write', 'edits:read']

export class Keyring {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  addKey(key: NewKey): void {
    this.#sql.exec(
      'INSERT INTO api_key (id, hash, mode, name, scopes, ratePerMinute, spendPerMonth, createdAt, expiresAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key.id,
      key.hash,
      key.mode,
      key.name,
      JSON.stringify(key.scopes),
      key.ratePerMinute,
      key.spendPerMonth,
      Date.now(),
      key.expiresAt,
    )
  }

  addClient(client: NewClient): void {
    this.#sql.exec(
      'INSERT INTO client_token (id, hash, mode, key, name, expiresAt, edits, maxSpend, maxSteps, models, origins, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      client.id,
      client.hash,
      client.mode,
      client.key,
      client.name,
      client.expiresAt,
      client.edits,
      client.maxSpend,
      client.maxSteps,
      client.models === null ? null : JSON.stringify(client.models),
      client.origins === null ? null : JSON.stringify(client.origins),
      Date.now(),
    )
  }

  keys(): KeyRow[] {
    return rows<KeyRow>(this.#sql, `SELECT ${KEY_COLUMNS} FROM api_key ORDER BY createdAt, id`)
  }

  clients(): ClientRow[] {
    return rows<ClientRow>(
      this.#sql,
      `SELECT ${CLIENT_COLUMNS} FROM client_token WHERE expiresAt > ? ORDER BY createdAt, id`,
      Date.now(),
    )
  }

  /** Revokes a key, and with it its client tokens. @throws EditError `not_found` */
  revokeKey(id: string): void {
    const statement =
      'UPDATE api_key SET revokedAt = COALESCE(revokedAt, ?) WHERE id = ? RETURNING id'
    if (changed(this.#sql, statement, Date.now(), id) === 0)
      throw new EditError('not_found', `there is no key ${id}`)
  }

  /** @throws EditError `not_found` */
  revokeClient(id: string): void {
    const statement =
      'UPDATE client_token SET revokedAt = COALESCE(revokedAt, ?) WHERE id = ? RETURNING id'
    if (changed(this.#sql, statement, Date.now(), id) === 0)
      throw new EditError('not_found', `there is no client token ${id}`)
  }

  /** What a credential may do now; null where it is unknown, expired or revoked. */
  authority(credential: Credential): Authority | null {
    const now = Date.now()
    if (credential.kind === 'key') {
      const key = this.#key(credential.id)
      if (key === null || !holds(key, credential, now)) return null
      const scopes = JSON.parse(key.scopes)
      return { key: key.id, client: null, scopes, models: null, maxSteps: null, origins: null }
    }
    const client = this.#client(credential.id)
    if (client === null || !holds(client, credential, now)) return null
    const parent = this.#key(client.key)
    if (parent === null || parent.revokedAt !== null || isOver(parent.expiresAt, now)) return null
    return {
      key: client.key,
      client: client.id,
      scopes: CLIENT_SCOPES,
      models: client.models === null ? null : JSON.parse(client.models),
      maxSteps: client.maxSteps,
      origins: client.origins === null ? null : JSON.parse(client.origins),
    }
  }

  /** Counts one create of a key. @throws EditError `rate_limited` */
  countCreate(authority: Authority, standard: number): CreateLimit {
    const limit = this.#key(authority.key)?.ratePerMinute ?? standard
    const now = Date.now()
    const minute = Math.floor(now / 60_000)
    const reset = Math.ceil(((minute + 1) * 60_000 - now) / 1000)
    const rate = row<{ minute: number; count: number }>(
      this.#sql,
      'SELECT minute, count FROM rate WHERE key = ?',
      authority.key,
    )
    const count = rate?.minute === minute ? rate.count : 0
    if (count >= limit)
      throw new EditError('rate_limited', `the key can create at most ${limit} edits per minute`, {
        retryAfter: reset,
      })
    this.#sql.exec(
      'INSERT INTO rate (key, minute, count) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET minute = excluded.minute, count = excluded.count',
      authority.key,
      minute,
      count + 1,
    )
    return { limit, remaining: limit - count - 1, reset }
  }

  /**
   * Counts an edit against the limits of key and client token.
   *
   * @throws EditError `spend_limit`, `forbidden` for a client token that has no edits left
   */
  spend(authority: Authority, price: number): void {
    const key = this.#key(authority.key)
    if (key === null) throw new Error(`key ${authority.key} no longer exists`)
    const month = monthNow()
    const spent = key.month === month ? key.spent : 0
    if (key.spendPerMonth !== null && spent + price > key.spendPerMonth)
      throw new EditError(
        'spend_limit',
        `the edit costs ${price} micro-units; the key has spent ${spent} of ${key.spendPerMonth} this month`,
      )
    if (authority.client !== null) this.#spendClient(authority.client, price)
    this.#sql.exec(
      'UPDATE api_key SET month = ?, spent = ? WHERE id = ?',
      month,
      spent + price,
      authority.key,
    )
  }

  #spendClient(id: string, price: number): void {
    const client = this.#client(id)
    if (client === null) throw new Error(`client token ${id} no longer exists`)
    if (client.edits < 1) throw new EditError('spend_limit', 'the client token has no edits left')
    if (client.maxSpend !== null && client.spent + price > client.maxSpend)
      throw new EditError(
        'spend_limit',
        `the edit costs ${price} micro-units; the client token has spent ${client.spent} of ${client.maxSpend}`,
      )
    this.#sql.exec(
      'UPDATE client_token SET edits = edits - 1, spent = spent + ? WHERE id = ? AND edits > 0',
      price,
      id,
    )
  }

  /** Undoes {@link spend}: the hold was released. */
  unspend(key: string, client: string | null, price: number, at: number): void {
    this.#sql.exec(
      'UPDATE api_key SET spent = MAX(0, spent - ?) WHERE id = ? AND month = ?',
      price,
      key,
      monthOf(at),
    )
    if (client !== null)
      this.#sql.exec(
        'UPDATE client_token SET edits = edits + 1, spent = MAX(0, spent - ?) WHERE id = ?',
        price,
        client,
      )
  }

  #key(id: string): (KeyRow & { hash: string }) | null {
    return row<KeyRow & { hash: string }>(
      this.#sql,
      `SELECT hash, ${KEY_COLUMNS} FROM api_key WHERE id = ?`,
      id,
    )
  }

  #client(id: string): (ClientRow & { hash: string }) | null {
    return row<ClientRow & { hash: string }>(
      this.#sql,
      `SELECT hash, ${CLIENT_COLUMNS} FROM client_token WHERE id = ?`,
      id,
    )
  }
}

function holds(
  stored: { hash: string; mode: Mode; expiresAt: number | null; revokedAt: number | null },
  credential: Credential,
  now: number,
): boolean {
  return (
    sameText(stored.hash, credential.hash) &&
    stored.mode === credential.mode &&
    stored.revokedAt === null &&
    !isOver(stored.expiresAt, now)
  )
}

function isOver(expiresAt: number | null, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** Compares two digests of equal length in constant time. */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

function monthNow(): string {
  return monthOf(Date.now())
}

function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}

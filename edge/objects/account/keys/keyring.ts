/**
 * An account's keys and client tokens: which are valid, what each may do, how much is left of its
 * limits. Secrets are stored as digests only.
 */

import { EditError } from '../../../../shared/errors.ts'
import type { Credential, Mode, Scope } from '../../../access/keys.ts'
import type { Authority, ClientRow, KeyRow, NewClient, NewKey } from '../../../rpc/account/keys.ts'
import { sameText } from '../../../secrets.ts'
import { changed, row, rows } from '../../sql.ts'

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

/** A key that another key created can do no more than that one, and no longer. */
export const parentColumn = ['ALTER TABLE api_key ADD COLUMN parent TEXT']

/** Keys that create keys: so deep and no deeper. */
const MAX_DEPTH = 8

const KEY_COLUMNS =
  'id, parent, mode, name, scopes, ratePerMinute, spendPerMonth, month, spent, createdAt, expiresAt, revokedAt'
const CLIENT_COLUMNS =
  'id, mode, key, name, expiresAt, edits, maxSpend, spent, maxSteps, models, origins, createdAt, revokedAt'
/** A client token may create uploads and edits and read its own. */
const CLIENT_SCOPES: readonly Scope[] = ['edits:write', 'edits:read']

export class Keyring {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** @throws EditError `forbidden` for a key of a key of a key, and so on */
  addKey(key: NewKey): void {
    if (key.parent !== null && lineOf(this.#sql, key.parent).length >= MAX_DEPTH)
      throw new EditError('forbidden', `keys can create keys at most ${MAX_DEPTH} levels deep`)
    this.#sql.exec(
      'INSERT INTO api_key (id, parent, hash, mode, name, scopes, ratePerMinute, spendPerMonth, createdAt, expiresAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key.id,
      key.parent,
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

  /**
   * Revokes a key, and with it the keys and client tokens that it created.
   *
   * @param modes what the caller may revoke: test keys touch nothing live
   * @throws EditError `not_found`
   */
  revokeKey(id: string, modes: readonly Mode[]): void {
    this.#revoke('api_key', 'key', id, modes)
  }

  /** @throws EditError `not_found` */
  revokeClient(id: string, modes: readonly Mode[]): void {
    this.#revoke('client_token', 'client token', id, modes)
  }

  /** What a credential may do now; null where it is unknown, expired or revoked. */
  authority(credential: Credential): Authority | null {
    const now = Date.now()
    if (credential.kind === 'key') {
      const [key, ...parents] = this.#validLine(credential.id, now) ?? []
      if (key === undefined || !holds(key, credential, now)) return null
      const scopes = scopesOf([key, ...parents])
      return { key: key.id, client: null, scopes, models: null, maxSteps: null, origins: null }
    }
    const client = this.#client(credential.id)
    if (client === null || !holds(client, credential, now)) return null
    const line = this.#validLine(client.key, now)
    if (line === null) return null
    const granted = scopesOf(line)
    return {
      key: client.key,
      client: client.id,
      scopes: CLIENT_SCOPES.filter((scope) => granted.includes(scope)),
      models: client.models === null ? null : JSON.parse(client.models),
      maxSteps: client.maxSteps,
      origins: client.origins === null ? null : JSON.parse(client.origins),
    }
  }

  /** A key and those above it; null where one of them is unknown, revoked or expired. */
  #validLine(id: string, now: number): KeyLine | null {
    const line = lineOf(this.#sql, id)
    const valid = line.every((key) => key.revokedAt === null && !isOver(key.expiresAt, now))
    return line.length > 0 && valid ? line : null
  }

  #revoke(
    table: 'api_key' | 'client_token',
    what: string,
    id: string,
    modes: readonly Mode[],
  ): void {
    const marks = modes.map(() => '?').join(', ')
    const statement = `UPDATE ${table} SET revokedAt = COALESCE(revokedAt, ?) WHERE id = ? AND mode IN (${marks}) RETURNING id`
    if (changed(this.#sql, statement, Date.now(), id, ...modes) === 0)
      throw new EditError('not_found', `there is no ${what} ${id}`)
  }

  #client(id: string): (ClientRow & { hash: string }) | null {
    return row<ClientRow & { hash: string }>(
      this.#sql,
      `SELECT hash, ${CLIENT_COLUMNS} FROM client_token WHERE id = ?`,
      id,
    )
  }
}

type KeyLine = readonly (KeyRow & { hash: string })[]

/** A key, the key that created it, and so on up to a key that the operator created. */
export function lineOf(sql: SqlStorage, id: string): KeyLine {
  return rows<KeyRow & { hash: string }>(
    sql,
    `WITH RECURSIVE line AS (
      SELECT *, 0 AS depth FROM api_key WHERE id = ?
      UNION ALL SELECT api_key.*, depth + 1 FROM api_key JOIN line ON api_key.id = line.parent)
    SELECT hash, ${KEY_COLUMNS} FROM line ORDER BY depth`,
    id,
  )
}

/** What every key of a line may do. */
function scopesOf(line: KeyLine): Scope[] {
  const [first = [], ...others] = line.map(({ scopes }): Scope[] => JSON.parse(scopes))
  return first.filter((scope) => others.every((granted) => granted.includes(scope)))
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

/**
 * The list of all accounts and their regions. One object for the whole deployment.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Bindings } from '../bindings.ts'
import type { DirectoryCursor, DirectoryPage, DirectoryRpc, Listing } from '../rpc/directory.ts'
import { changed, migrate, row, rows } from './sql.ts'

const SCHEMA = [
  [
    'CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, reference TEXT UNIQUE, createdAt INTEGER NOT NULL, closedAt INTEGER)',
  ],
  // Null while the account's own object may not exist.
  ['ALTER TABLE account ADD COLUMN openedAt INTEGER', 'UPDATE account SET openedAt = createdAt'],
  ['CREATE INDEX account_opened ON account (createdAt, id) WHERE openedAt IS NOT NULL'],
  [
    'CREATE TABLE trial (holder TEXT PRIMARY KEY, account TEXT NOT NULL, at INTEGER NOT NULL)',
    'CREATE INDEX trial_at ON trial (at)',
  ],
]

const DAY_MS = 86_400_000

const COLUMNS = 'id, name, region, createdAt, closedAt'

export class DirectoryObject extends DurableObject<Bindings> implements DirectoryRpc {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, SCHEMA)
  }

  async reserve(
    { id, name, region }: Pick<Listing, 'id' | 'name' | 'region'>,
    reference: string,
  ): Promise<Listing> {
    const { sql } = this.ctx.storage
    // What was never opened may be wanted elsewhere now: its region may be what failed.
    sql.exec(
      `INSERT INTO account (id, name, region, reference, createdAt) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (reference) DO UPDATE SET name = excluded.name, region = excluded.region
        WHERE openedAt IS NULL`,
      id,
      name,
      region,
      reference,
      Date.now(),
    )
    return row<Listing>(
      sql,
      `SELECT ${COLUMNS} FROM account WHERE reference = ?`,
      reference,
    ) as Listing
  }

  async opened({ id, region }: Pick<Listing, 'id' | 'region'>): Promise<boolean> {
    const statement =
      'UPDATE account SET openedAt = COALESCE(openedAt, ?) WHERE id = ? AND region = ? RETURNING id'
    return changed(this.ctx.storage.sql, statement, Date.now(), id, region) === 1
  }

  async trial(account: string, holder: string, perDay: number): Promise<boolean> {
    const { sql } = this.ctx.storage
    const known = row<{ account: string }>(
      sql,
      'SELECT account FROM trial WHERE holder = ?',
      holder,
    )
    if (known !== null) return known.account === account
    const now = Date.now()
    const query = 'SELECT COUNT(*) AS given FROM trial WHERE at >= ?'
    const given = row<{ given: number }>(sql, query, now - (now % DAY_MS))?.given ?? 0
    if (given >= perDay) {
      console.warn(JSON.stringify({ message: 'no trials are left today', account, given, perDay }))
      return false
    }
    sql.exec('INSERT INTO trial (holder, account, at) VALUES (?, ?, ?)', holder, account, now)
    return true
  }

  async list(limit: number, cursor: DirectoryCursor | null): Promise<DirectoryPage> {
    const found = rows<Listing>(
      this.ctx.storage.sql,
      `SELECT ${COLUMNS} FROM account WHERE openedAt IS NOT NULL AND (createdAt, id) > (?, ?)
        ORDER BY createdAt, id LIMIT ?`,
      cursor?.createdAt ?? 0,
      cursor?.id ?? '',
      limit + 1,
    )
    const accounts = found.slice(0, limit)
    const last = found.length > limit ? accounts.at(-1) : undefined
    return {
      accounts,
      next: last === undefined ? null : { createdAt: last.createdAt, id: last.id },
    }
  }

  async get(id: string): Promise<Listing | null> {
    return row<Listing>(
      this.ctx.storage.sql,
      `SELECT ${COLUMNS} FROM account WHERE id = ? AND openedAt IS NOT NULL`,
      id,
    )
  }

  async close(id: string): Promise<void> {
    this.ctx.storage.sql.exec(
      'UPDATE account SET closedAt = COALESCE(closedAt, ?) WHERE id = ?',
      Date.now(),
      id,
    )
  }
}

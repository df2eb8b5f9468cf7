/**
 * The list of all accounts and their regions. One object for the whole deployment.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Bindings } from '../bindings.ts'
import type { DirectoryRpc, Listing } from '../rpc/directory.ts'
import { migrate, row, rows } from './sql.ts'

const SCHEMA = [
  [
    'CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, reference TEXT UNIQUE, createdAt INTEGER NOT NULL, closedAt INTEGER)',
  ],
]

export class DirectoryObject extends DurableObject<Bindings> implements DirectoryRpc {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, SCHEMA)
  }

  /** Adds an account. The same reference again returns the account it returned before. */
  async add(account: Omit<Listing, 'closedAt' | 'createdAt'>, reference: string): Promise<Listing> {
    this.ctx.storage.sql.exec(
      'INSERT OR IGNORE INTO account (id, name, region, reference, createdAt) VALUES (?, ?, ?, ?, ?)',
      account.id,
      account.name,
      account.region,
      reference,
      Date.now(),
    )
    return row<Listing>(
      this.ctx.storage.sql,
      'SELECT id, name, region, createdAt, closedAt FROM account WHERE reference = ?',
      reference,
    ) as Listing
  }

  async list(): Promise<Listing[]> {
    return rows<Listing>(
      this.ctx.storage.sql,
      'SELECT id, name, region, createdAt, closedAt FROM account ORDER BY createdAt, id',
    )
  }

  async get(id: string): Promise<Listing | null> {
    return row<Listing>(
      this.ctx.storage.sql,
      'SELECT id, name, region, createdAt, closedAt FROM account WHERE id = ?',
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

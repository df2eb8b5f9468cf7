/**
 * The list of accounts: which there are, and where they live. One object for the whole deployment.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Region } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import { migrate, row, rows } from './sql.ts'

export type Listing = {
  id: string
  name: string
  region: Region
  createdAt: number
  closedAt: number | null
}

const SCHEMA = [
  [
    'CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, reference TEXT UNIQUE, createdAt INTEGER NOT NULL, closedAt INTEGER)',
  ],
]

export class DirectoryObject extends DurableObject<Bindings> {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, SCHEMA)
  }

  /** Adds an account. The same reference again gives the account it gave before. */
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

/** The account itself: its name, its region, its options, and whether it is closed. */

import { EditError } from '../../../shared/errors.ts'
import type { ModelName } from '../../../shared/models.ts'
import type { AccountRow } from '../../rpc/account/account.ts'
import { changed, row } from '../sql.ts'

export const profileTables = [
  'CREATE TABLE account (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, region TEXT NOT NULL, origins TEXT NOT NULL, lowBalance INTEGER NOT NULL, createdAt INTEGER NOT NULL, closedAt INTEGER)',
]

export const modelsColumn = ['ALTER TABLE account ADD COLUMN models TEXT']

export class Profile {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Null before {@link open}. */
  read(): AccountRow | null {
    return row<AccountRow>(this.#sql, 'SELECT * FROM account')
  }

  get closed(): boolean {
    return row(this.#sql, 'SELECT one FROM account WHERE closedAt IS NOT NULL') !== null
  }

  /** @throws EditError `conflict` where it is closed */
  checkOpen(): void {
    if (this.closed) throw new EditError('conflict', `account ${this.read()?.id} is closed`)
  }

  /** @returns false where it was open already */
  open({ id, name, region }: Pick<AccountRow, 'id' | 'name' | 'region'>): boolean {
    const statement =
      "INSERT OR IGNORE INTO account (one, id, name, region, origins, lowBalance, createdAt) VALUES (1, ?, ?, ?, '[]', 0, ?) RETURNING id"
    return changed(this.#sql, statement, id, name, region, Date.now()) === 1
  }

  close(): void {
    this.#sql.exec('UPDATE account SET closedAt = COALESCE(closedAt, ?)', Date.now())
  }

  /** @param models null for all */
  allow(models: readonly ModelName[] | null): void {
    this.#sql.exec('UPDATE account SET models = ?', models === null ? null : JSON.stringify(models))
  }

  configure(change: { origins?: readonly string[]; lowBalance?: number }): void {
    if (change.origins !== undefined)
      this.#sql.exec('UPDATE account SET origins = ?', JSON.stringify(change.origins))
    if (change.lowBalance !== undefined)
      this.#sql.exec('UPDATE account SET lowBalance = ?', change.lowBalance)
  }
}

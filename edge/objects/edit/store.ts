/**
 * An edit's row and the transitions it may make. Every change names the states it may start from.
 * Knows no network.
 */

import type { AcceptedEdit } from '../../rpc/edit/accepted.ts'
import type { EditState, EditStatus } from '../../rpc/edit/state.ts'
import { hasTable, row } from '../sql.ts'
import { type EditRow, JSON_COLUMNS, parseEdit, queuedRow } from './row.ts'

export class EditStore {
  readonly #sql: SqlStorage
  /** The state as last read; undefined after a change. Nobody else writes the row. */
  #known: EditState | null | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The edit's state, or null where no edit was accepted. Creates nothing. */
  read(): EditState | null {
    if (this.#known === undefined) this.#known = this.#readRow()
    return this.#known
  }

  /** Everything was deleted. */
  forget(): void {
    this.#known = undefined
  }

  #readRow(): EditState | null {
    if (!hasTable(this.#sql, 'edit')) return null
    const found = row(this.#sql, 'SELECT * FROM edit')
    if (found === null) return null
    const parsed = Object.entries(found).map(([key, value]) => [
      key,
      JSON_COLUMNS.has(key) && value !== null ? JSON.parse(value as string) : value,
    ])
    return parseEdit(Object.fromEntries(parsed) as EditRow)
  }

  /**
   * Creates the row in state `queued`; an edit that exists stays as it is. @returns true if it is
   * new
   */
  create(accepted: AcceptedEdit, dispatchBy: number): boolean {
    const fresh = queuedRow(accepted, dispatchBy)
    const names = Object.keys(fresh)
    const marks = names.map(() => '?').join(', ')
    this.#known = undefined
    const cursor = this.#sql.exec(
      `INSERT OR IGNORE INTO edit (one, ${names.join(', ')}) VALUES (1, ${marks}) RETURNING one`,
      ...Object.entries(fresh).map(stored),
    )
    return cursor.toArray().length === 1
  }

  /** Changes the row if its status is one of `from`. @returns true if it did */
  change(from: readonly EditStatus[], change: Partial<EditRow>): boolean {
    const entries = Object.entries({ ...change, updatedAt: Date.now() })
    const sets = entries.map(([name]) => `${name} = ?`).join(', ')
    const allowed = from.map(() => '?').join(', ')
    this.#known = undefined
    const cursor = this.#sql.exec(
      `UPDATE edit SET ${sets} WHERE status IN (${allowed}) RETURNING status`,
      ...entries.map(stored),
      ...from,
    )
    return cursor.toArray().length === 1
  }
}

function stored([name, value]: [string, unknown]): SqlStorageValue {
  return JSON_COLUMNS.has(name) && value !== null
    ? JSON.stringify(value)
    : (value as SqlStorageValue)
}

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
  /** The row as last read or changed, parsed: nobody else writes it. Undefined before it is read. */
  #row: EditRow | null | undefined
  /** The state that {@link #row} stores; undefined after a change. */
  #known: EditState | null | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The edit's state, or null where no edit was accepted. Creates nothing. */
  read(): EditState | null {
    if (this.#known !== undefined) return this.#known
    if (this.#row === undefined) this.#row = this.#readRow()
    this.#known = this.#row === null ? null : parseEdit(this.#row)
    return this.#known
  }

  /** Everything was deleted. */
  forget(): void {
    this.#row = undefined
    this.#known = undefined
  }

  #readRow(): EditRow | null {
    if (!hasTable(this.#sql, 'edit')) return null
    const found = row(this.#sql, 'SELECT * FROM edit')
    if (found === null) return null
    const parsed = Object.entries(found).map(([key, value]) => [
      key,
      JSON_COLUMNS.has(key) && value !== null ? JSON.parse(value as string) : value,
    ])
    return Object.fromEntries(parsed) as EditRow
  }

  /**
   * Creates the row in state `queued`; an edit that exists stays as it is. @returns true if it is
   * new
   */
  create(accepted: AcceptedEdit, dispatchBy: number): boolean {
    const fresh = queuedRow(accepted, dispatchBy)
    const names = Object.keys(fresh)
    const marks = names.map(() => '?').join(', ')
    this.forget()
    const cursor = this.#sql.exec(
      `INSERT OR IGNORE INTO edit (one, ${names.join(', ')}) VALUES (1, ${marks}) RETURNING one`,
      ...Object.entries(fresh).map(stored),
    )
    return cursor.toArray().length === 1
  }

  /** Changes the row if its status is one of `from`. @returns true if it did */
  change(from: readonly EditStatus[], change: Partial<EditRow>): boolean {
    const columns = { ...change, updatedAt: Date.now() }
    const entries = Object.entries(columns)
    const sets = entries.map(([name]) => `${name} = ?`).join(', ')
    const allowed = from.map(() => '?').join(', ')
    const cursor = this.#sql.exec(
      `UPDATE edit SET ${sets} WHERE status IN (${allowed}) RETURNING status`,
      ...entries.map(stored),
      ...from,
    )
    if (cursor.toArray().length === 0) return false
    this.#known = undefined
    // The plan of an edit is long: it is not read back and parsed after every change.
    if (this.#row) this.#row = { ...this.#row, ...columns }
    return true
  }
}

function stored([name, value]: [string, unknown]): SqlStorageValue {
  return JSON_COLUMNS.has(name) && value !== null
    ? JSON.stringify(value)
    : (value as SqlStorageValue)
}

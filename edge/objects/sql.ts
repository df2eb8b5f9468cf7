/** Helpers for an object's SQLite: typed rows, and migrations. */

type Value = SqlStorageValue

/** All rows of a query. The caller names the row's type; the query says its columns. */
export function rows<T extends Record<string, Value>>(
  sql: SqlStorage,
  query: string,
  ...values: Value[]
): T[] {
  return sql.exec<T>(query, ...values).toArray()
}

/** The first row, or null. */
export function row<T extends Record<string, Value>>(
  sql: SqlStorage,
  query: string,
  ...values: Value[]
): T | null {
  return rows<T>(sql, query, ...values)[0] ?? null
}

/** How many rows a statement changed; it has to end in RETURNING. */
export function changed(sql: SqlStorage, statement: string, ...values: Value[]): number {
  return sql.exec(statement, ...values).toArray().length
}

/** True where `table` is there. Creates nothing, unlike a table of versions would. */
export function hasTable(sql: SqlStorage, table: string): boolean {
  return (
    rows(sql, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", table).length > 0
  )
}

/**
 * Brings the tables to the last of `steps`, each a list of statements. Steps are only ever added:
 * an object sleeps through any number of releases.
 *
 * @param all makes in an empty object what all steps together make, where those are many
 */
export function migrate(
  storage: DurableObjectStorage,
  steps: readonly (readonly string[])[],
  all?: readonly string[],
): void {
  const { sql } = storage
  storage.transactionSync(() => {
    sql.exec('CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL)')
    const done = row<{ number: number }>(sql, 'SELECT number FROM version')?.number ?? 0
    if (done >= steps.length) return
    const statements = done === 0 && all !== undefined ? all : steps.slice(done).flat()
    for (const statement of statements) sql.exec(statement)
    sql.exec('DELETE FROM version')
    sql.exec('INSERT INTO version (number) VALUES (?)', steps.length)
  })
}

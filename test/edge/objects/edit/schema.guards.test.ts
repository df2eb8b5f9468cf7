/** The tables of a new edit are those that an older one has after all its migrations. */

import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { editSchema, wholeEditSchema } from '../../../../edge/objects/edit/edit.ts'

function columnsOf(statements: readonly string[]): Record<string, unknown[]> {
  const db = new DatabaseSync(':memory:')
  for (const statement of statements) db.exec(statement)
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all()
    .map(({ name }) => String(name))
  return Object.fromEntries(
    tables.map((table) => [
      table,
      db
        .prepare(
          'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?) ORDER BY name',
        )
        .all(table),
    ]),
  )
}

test('made at once or step by step, the tables have the same columns', () => {
  const steps = columnsOf(editSchema.flat())
  expect(Object.keys(steps).sort()).toEqual(['delivery', 'edit', 'event'])
  expect(columnsOf(wholeEditSchema)).toEqual(steps)
})

/** Rows that an older release stored. */

import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { eventTables } from '../../../../edge/objects/edit/events.ts'
import {
  editTables,
  failuresColumn,
  jobIdColumn,
  recordColumn,
  submittedAtColumn,
} from '../../../../edge/objects/edit/row.ts'
import { EditStore } from '../../../../edge/objects/edit/store.ts'
import { bindings } from '../../app.ts'

test('an edit from before records were stored is read without one', async () => {
  const stub = bindings.PROVIDERS_STATE.getByName('rows of an older release')
  const edit = await runInDurableObject(stub, (_, { storage: { sql } }) => {
    const older = [editTables, eventTables, submittedAtColumn, jobIdColumn, failuresColumn]
    for (const statement of older.flat()) sql.exec(statement)
    const accepted = JSON.stringify({ id: 'edit_1' })
    const result = JSON.stringify({ key: 'k', bytes: 5, width: 128, height: 96 })
    sql.exec(
      `INSERT INTO edit (status, accepted, attempt, losses, avoid, lastSeq, step, silentPolls, started,
        result, updatedAt, endedAt, settlement, settled, dispatchBy, wakeAt)
       VALUES ('succeeded', ?, 1, 0, '[]', 4, 2, 0, 1, ?, 9, 9, 'capture', 1, 1, 1)`,
      accepted,
      result,
    )
    for (const statement of recordColumn) sql.exec(statement)
    return new EditStore(sql).read()
  })
  expect(edit).toMatchObject({ status: 'succeeded', record: null, result: { key: 'k' } })
})

/** An account's tables, and the row about itself. Steps are only ever added. */

import type { Region } from '../../access/keys.ts'
import { deliveryTables } from '../deliveries.ts'
import { editTables } from './edit-index.ts'
import { endpointTables } from './endpoints.ts'
import { idempotencyTables } from './idempotency.ts'
import { keyTables } from './keyring.ts'
import { ledgerTables } from './ledger.ts'
import { uploadTables } from './uploads.ts'

export const accountSchema = [
  [
    'CREATE TABLE account (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, region TEXT NOT NULL, origins TEXT NOT NULL, lowBalance INTEGER NOT NULL, createdAt INTEGER NOT NULL, closedAt INTEGER)',
    ...ledgerTables,
    ...keyTables,
    ...idempotencyTables,
    ...editTables,
    ...uploadTables,
    ...endpointTables,
    ...deliveryTables,
  ],
]

export type AccountRow = {
  id: string
  name: string
  region: Region
  /** JSON array of the origins whose pages may call; empty for any. */
  origins: string
  /** A `balance.low` event is sent when the balance falls below this. */
  lowBalance: number
  createdAt: number
  closedAt: number | null
}

/** An account's tables. Steps are only ever added. */

import { deliveryTables } from '../deliveries.ts'
import { archiveTables } from './archive/pages.ts'
import { editTables, emptiedRows, openEditIndex } from './edit-index.ts'
import { deliveryLogMessage, endpointTables } from './endpoints.ts'
import { idempotencyTables } from './idempotency.ts'
import { keyTables, parentColumn } from './keys/keyring.ts'
import { returnsColumn } from './keys/limits.ts'
import { ledgerTables, modelColumn, runningSums, sourceColumn } from './ledger.ts'
import { payerTables } from './payments/payer.ts'
import { paymentTables } from './payments/payments.ts'
import { modelsColumn, profileTables } from './profile.ts'
import { uploadIndexes, uploadTables, uploadUses } from './uploads.ts'
import { modelUsage, usageTables } from './usage.ts'

export const accountSchema = [
  [
    ...profileTables,
    ...ledgerTables,
    ...keyTables,
    ...idempotencyTables,
    ...editTables,
    ...uploadTables,
    ...endpointTables,
    ...deliveryTables,
  ],
  [...parentColumn, ...returnsColumn],
  [...openEditIndex, ...uploadIndexes],
  [...uploadUses, ...deliveryLogMessage, ...emptiedRows],
  [...runningSums, ...usageTables],
  archiveTables,
  modelsColumn,
  [...sourceColumn, ...paymentTables, ...payerTables],
  [...modelColumn, ...modelUsage],
]

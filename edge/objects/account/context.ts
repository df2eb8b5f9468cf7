/** What the parts of an account's object share: a store per subject, the alarm, and the hand-overs. */

import type { Settings } from '../../settings/settings.ts'
import { Deliveries } from '../deliveries.ts'
import type { FindEdit } from '../names.ts'
import { AccountAlarm } from './alarm.ts'
import { Archive } from './archive/pages.ts'
import { EditIndex } from './edit-index.ts'
import { Endpoints } from './endpoints.ts'
import { HandOvers } from './hand-overs.ts'
import { Idempotency } from './idempotency.ts'
import { Keyring } from './keys/keyring.ts'
import { Limits } from './keys/limits.ts'
import { Ledger } from './ledger.ts'
import { nextRechargeAt } from './payments/month.ts'
import { Payer } from './payments/payer.ts'
import { Payments } from './payments/payments.ts'
import { Profile } from './profile.ts'
import { Uploads } from './uploads.ts'

export type AccountContext = ReturnType<typeof openAccount>

export function openAccount(
  ctx: DurableObjectState,
  settings: Settings,
  bucket: R2Bucket,
  findEdit: FindEdit,
) {
  const { sql } = ctx.storage
  const edits = new EditIndex(sql)
  const deliveries = new Deliveries(sql)
  const idempotency = new Idempotency(sql)
  const uploads = new Uploads(sql)
  const payments = new Payments(sql)
  const payer = new Payer(sql)
  const ledger = new Ledger(sql)
  const archive = new Archive(sql, bucket)
  const alarm = new AccountAlarm(ctx.storage, () => [
    edits.nextAt(),
    deliveries.nextAt(),
    idempotency.nextAt(),
    uploads.nextAt(),
    settings.billing === null ? null : payments.nextAt(),
    nextRechargeAt(settings.billing, { payer, payments, ledger }),
    settings.MAIL === 'off' ? null : payer.nextAt(),
    archive.nextAt(edits.oldest()?.createdAt ?? null),
  ])
  return {
    ctx,
    settings,
    bucket,
    findEdit,
    alarm,
    edits,
    deliveries,
    idempotency,
    uploads,
    payments,
    payer,
    archive,
    profile: new Profile(sql),
    keyring: new Keyring(sql),
    limits: new Limits(sql),
    ledger,
    endpoints: new Endpoints(sql),
    handOvers: new HandOvers(ctx, findEdit, edits, () => alarm.arm()),
  }
}

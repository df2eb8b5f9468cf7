/**
 * An account: its keys, money, edits and webhooks in one object, so that accepting an edit is one
 * transaction. Every rule is in a store of its own, and every subject has an RPC target.
 */

import { DurableObject } from 'cloudflare:workers'
import type { ModelName } from '../../../shared/models.ts'
import type { Credential } from '../../access/keys.ts'
import type { Bindings } from '../../bindings.ts'
import type { AccountRow, AccountRpc } from '../../rpc/account/account.ts'
import type { Authority } from '../../rpc/account/keys.ts'
import { type Audit, TRIAL_REFERENCE } from '../../rpc/account/ledger.ts'
import { settingsOf } from '../../settings/settings.ts'
import { deliverDue } from '../deliver.ts'
import { editObject } from '../names.ts'
import { migrate } from '../sql.ts'
import { archiveOld } from './archive/old-edits.ts'
import { type AccountContext, openAccount } from './context.ts'
import { followPayments } from './payments/follow.ts'
import { tellOwner } from './payments/tell.ts'
import { accountSchema } from './schema.ts'
import { EditsTarget } from './targets/edits.ts'
import { ClientTokensTarget, KeysTarget } from './targets/keys.ts'
import { LedgerTarget } from './targets/ledger.ts'
import { PaymentsTarget } from './targets/payments.ts'
import { sweepUploads } from './targets/remove.ts'
import { sweep } from './targets/settle.ts'
import { UploadsTarget } from './targets/uploads.ts'
import { WebhooksTarget } from './targets/webhooks.ts'

export class AccountObject extends DurableObject<Bindings> implements AccountRpc {
  readonly #account: AccountContext

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, accountSchema)
    this.#account = openAccount(ctx, settingsOf(env), env.BUCKET, (region, account, edit) =>
      editObject(env, region, account, edit),
    )
  }

  keys() {
    return new KeysTarget(this.#account)
  }

  clientTokens() {
    return new ClientTokensTarget(this.#account)
  }

  ledger() {
    return new LedgerTarget(this.#account)
  }

  payments() {
    return new PaymentsTarget(this.#account)
  }

  edits() {
    return new EditsTarget(this.#account)
  }

  uploads() {
    return new UploadsTarget(this.#account)
  }

  webhooks() {
    return new WebhooksTarget(this.#account)
  }

  async open(account: Pick<AccountRow, 'id' | 'name' | 'region'>, trial = 0): Promise<void> {
    const { ctx, profile, ledger } = this.#account
    ctx.storage.transactionSync(() => {
      if (profile.open(account) && trial > 0) ledger.record('trial', trial, TRIAL_REFERENCE)
    })
  }

  async close(): Promise<void> {
    this.#account.profile.close()
    this.#account.payer.stop(null)
  }

  async configure(change: { origins?: readonly string[]; lowBalance?: number }): Promise<void> {
    this.#account.profile.configure(change)
  }

  async allow(models: readonly ModelName[] | null): Promise<void> {
    this.#account.profile.allow(models)
  }

  async describe(): Promise<(AccountRow & Audit) | null> {
    const account = this.#account.profile.read()
    return account === null ? null : { ...account, ...this.#account.ledger.audit() }
  }

  async authenticate(credential: Credential): Promise<Authority | null> {
    const account = this.#account.profile.read()
    if (account === null || account.closedAt !== null) return null
    const authority = this.#account.keyring.authority(credential)
    if (authority === null) return null
    const origins: string[] = JSON.parse(account.origins)
    return {
      ...authority,
      models: allowedBoth(authority.models, JSON.parse(account.models ?? 'null')),
      origins: authority.origins ?? (origins.length > 0 ? origins : null),
    }
  }

  override async alarm(): Promise<void> {
    const { alarm, edits, handOvers, deliveries, idempotency, settings } = this.#account
    alarm.fired()
    try {
      await handOvers.due()
      await Promise.all(edits.overdue().map((id) => sweep(this.#account, id)))
      // Side by side: Stripe may take its time.
      await Promise.all([
        followPayments(this.#account),
        tellOwner(this.#account),
        deliverDue(deliveries, this.webhooks(), settings),
      ])
      idempotency.sweep()
      await sweepUploads(this.#account)
      await archiveOld(this.#account)
    } catch (error) {
      // The platform gives an alarm up after a few throws; the account's must always be set again.
      console.error(JSON.stringify({ message: 'account alarm failed', error: String(error) }))
    }
    alarm.arm(1000)
  }
}

type Allowed = readonly ModelName[] | null

/** The models of both lists; null is a list of all. */
function allowedBoth(one: Allowed, other: Allowed): Allowed {
  if (one === null || other === null) return one ?? other
  return one.filter((name) => other.includes(name))
}

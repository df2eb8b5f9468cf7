/**
 * An account: its keys, money, edits and webhooks in one object, so that accepting an edit is one
 * transaction. Every rule lives in a store of its own; this is where they meet.
 */

import { DurableObject } from 'cloudflare:workers'
import { EditError } from '../../../shared/errors.ts'
import type { Credential } from '../../access/keys.ts'
import type { Bindings } from '../../bindings.ts'
import type { Attempt, WebhookEvent } from '../../outbound/webhooks.ts'
import { randomHex } from '../../secrets.ts'
import { settingsOf } from '../../settings/settings.ts'
import { deliverDue } from '../deliver.ts'
import { Deliveries, type Delivery } from '../deliveries.ts'
import type { AcceptedEdit, EditSummary, FinalEdit } from '../edit/state.ts'
import { faultPoint } from '../fault-points.ts'
import { editObject } from '../names.ts'
import { type Outcome, refusable } from '../outcome.ts'
import { migrate, row } from '../sql.ts'
import { EditIndex, HAND_OVER_AGAIN_MS, type IndexedEdit } from './edit-index.ts'
import { type Destination, type EndpointRow, Endpoints } from './endpoints.ts'
import { HandOvers } from './hand-overs.ts'
import { Idempotency, type Once } from './idempotency.ts'
import {
  type Authority,
  type ClientRow,
  type KeyRow,
  Keyring,
  type NewClient,
  type NewKey,
  type Rate,
} from './keyring.ts'
import { Ledger, type Settlement, type UsageLine } from './ledger.ts'
import { type AccountRow, accountSchema } from './schema.ts'
import { type Upload, Uploads } from './uploads.ts'

/** What the accept transaction needs, beside the edit itself. */
export type AcceptRequest = {
  readonly credential: Credential
  readonly once: Once | null
  readonly accepted: AcceptedEdit
  readonly summary: EditSummary
}

export type Accepted = {
  readonly id: string
  /** True where an earlier, equal request made this edit. */
  readonly replayed: boolean
  readonly balance: number
  readonly rate: Rate | null
}

/** A stored answer, or the one just given. */
export type Answered = { readonly response: string; readonly replayed: boolean }

export class AccountObject extends DurableObject<Bindings> {
  readonly #ledger: Ledger
  readonly #keys: Keyring
  readonly #idempotency: Idempotency
  readonly #edits: EditIndex
  readonly #uploads: Uploads
  readonly #endpoints: Endpoints
  readonly #deliveries: Deliveries
  readonly #handOvers: HandOvers
  #armedFor: number | null = null

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, accountSchema)
    const { sql } = ctx.storage
    this.#ledger = new Ledger(sql)
    this.#keys = new Keyring(sql)
    this.#idempotency = new Idempotency(sql)
    this.#edits = new EditIndex(sql)
    this.#uploads = new Uploads(sql)
    this.#endpoints = new Endpoints(sql)
    this.#deliveries = new Deliveries(sql)
    this.#handOvers = new HandOvers(ctx, env, this.#edits, () => this.#arm())
  }

  /** Opens the account; the same again changes nothing. */
  async open(account: Pick<AccountRow, 'id' | 'name' | 'region'>): Promise<void> {
    this.ctx.storage.sql.exec(
      "INSERT OR IGNORE INTO account (one, id, name, region, origins, lowBalance, createdAt) VALUES (1, ?, ?, ?, '[]', 0, ?)",
      account.id,
      account.name,
      account.region,
      Date.now(),
    )
  }

  /** No edit is accepted any more and no key holds; what runs ends as it would. */
  async close(): Promise<void> {
    this.ctx.storage.sql.exec('UPDATE account SET closedAt = COALESCE(closedAt, ?)', Date.now())
  }

  async configure(change: { origins?: readonly string[]; lowBalance?: number }): Promise<void> {
    const { sql } = this.ctx.storage
    if (change.origins !== undefined)
      sql.exec('UPDATE account SET origins = ?', JSON.stringify(change.origins))
    if (change.lowBalance !== undefined)
      sql.exec('UPDATE account SET lowBalance = ?', change.lowBalance)
  }

  async describe(): Promise<(AccountRow & ReturnType<Ledger['audit']>) | null> {
    const account = this.#account()
    return account === null ? null : { ...account, ...this.#ledger.audit() }
  }

  /** What a genuine credential may do, or null where it does not hold (any more). */
  async authenticate(credential: Credential): Promise<Authority | null> {
    const account = this.#account()
    if (account === null || account.closedAt !== null) return null
    const authority = this.#keys.authority(credential)
    if (authority === null) return null
    const origins: string[] = JSON.parse(account.origins)
    return { ...authority, origins: authority.origins ?? (origins.length > 0 ? origins : null) }
  }

  /** Begins slow work under an Idempotency-Key; a stored answer comes back instead. */
  async lease(once: Once): Promise<Outcome<string | null>> {
    return refusable(() => {
      const known = this.#idempotency.find(once)
      if (known === null) this.#idempotency.lease(once)
      this.#arm()
      return known
    })
  }

  async releaseLease(once: Once): Promise<void> {
    this.#idempotency.release(once)
  }

  /**
   * Accepts an edit: answer under its Idempotency-Key, limits, hold, row and the order to create
   * its object, all or nothing.
   */
  async accept(request: AcceptRequest): Promise<Outcome<Accepted>> {
    const { once, accepted, credential } = request
    let warned = false
    const outcome = refusable(() =>
      this.ctx.storage.transactionSync(() => {
        const known = once === null ? null : this.#idempotency.find(once)
        if (known !== null)
          return { id: known, replayed: true, balance: this.#ledger.balance, rate: null }
        const authority = this.#holding(credential)
        const rate = this.#keys.countCreate(authority, settingsOf(this.env).RATE_PER_MINUTE)
        const price = accepted.price.amount
        const before = this.#ledger.balance
        this.#ledger.hold(accepted.id, price, accepted.payer)
        this.#keys.spend(authority, price)
        this.#edits.add(accepted, request.summary)
        if (once !== null) this.#idempotency.store(once, accepted.id)
        warned = this.#warnOfLowBalance(before, before - price)
        return { id: accepted.id, replayed: false, balance: before - price, rate }
      }),
    )
    const fresh = 'value' in outcome && !outcome.value.replayed
    // A warning goes out at once; nothing else that an accept leaves behind is due before this.
    if (fresh) this.#armFor(Date.now() + (warned ? 0 : HAND_OVER_AGAIN_MS))
    faultPoint('account.accepted', this.ctx)
    if (fresh) this.#handOvers.soon(accepted.id)
    return outcome
  }

  /** Makes sure that an accepted edit has its object. @returns false where there is no such edit */
  async handOver(id: string): Promise<boolean> {
    if (this.#edits.get(id) === null) return false
    await this.#handOvers.now(id)
    return true
  }

  /**
   * Ends an edit's hold, in the name of its object. Asked again, the first settlement stands.
   *
   * @returns what stands and who wants to hear of it; null where the edit is not ours
   */
  async settle(
    id: string,
    final: FinalEdit,
  ): Promise<{ readonly settlement: Settlement; readonly endpoints: readonly string[] } | null> {
    const settled = this.ctx.storage.transactionSync(() => this.#settle(id, final))
    faultPoint('account.settled', this.ctx)
    this.#arm()
    return settled
  }

  async edit(id: string): Promise<IndexedEdit | null> {
    return this.#edits.get(id)
  }

  async list(...query: Parameters<EditIndex['list']>): Promise<IndexedEdit[]> {
    return this.#edits.list(...query)
  }

  /** Forgets an edit's words; its postings stay. */
  async remove(id: string): Promise<boolean> {
    return this.#edits.remove(id)
  }

  /** Creates something under an Idempotency-Key. `response` is what the caller is answered. */
  async create(
    once: Once | null,
    response: string,
    what:
      | { readonly key: NewKey }
      | { readonly client: NewClient }
      | { readonly upload: Upload }
      | { readonly endpoint: Parameters<Endpoints['add']> },
  ): Promise<Outcome<Answered>> {
    return this.#once(once, response, () => {
      if ('key' in what) this.#keys.addKey(what.key)
      else if ('client' in what) this.#keys.addClient(what.client)
      else if ('upload' in what) this.#uploads.add(what.upload)
      else this.#endpoints.add(...what.endpoint)
    })
  }

  async keys(): Promise<KeyRow[]> {
    return this.#keys.keys()
  }

  async clients(): Promise<ClientRow[]> {
    return this.#keys.clients()
  }

  async revoke(what: { readonly key: string } | { readonly client: string }) {
    return refusable(() =>
      'key' in what ? this.#keys.revokeKey(what.key) : this.#keys.revokeClient(what.client),
    )
  }

  async upload(id: string, client: string | null): Promise<Upload | null> {
    return this.#uploads.get(id, client)
  }

  async topup(amount: number, reference: string): Promise<Outcome<{ balance: number }>> {
    return refusable(() =>
      this.ctx.storage.transactionSync(() => {
        this.#ledger.topup(amount, reference)
        return { balance: this.#ledger.balance }
      }),
    )
  }

  async refund(edit: string, reference: string) {
    return refusable(() =>
      this.ctx.storage.transactionSync(() => {
        const { amount } = this.#ledger.refund(edit, reference)
        return { amount, balance: this.#ledger.balance }
      }),
    )
  }

  async usage(...query: Parameters<Ledger['usage']>): Promise<UsageLine[]> {
    return this.#ledger.usage(...query)
  }

  async endpoints(): Promise<EndpointRow[]> {
    return this.#endpoints.list()
  }

  async removeEndpoint(id: string): Promise<Outcome<void>> {
    return refusable(() => this.#endpoints.remove(id))
  }

  async rotateEndpoint(id: string, sealed: string): Promise<Outcome<void>> {
    return refusable(() => this.#endpoints.rotate(id, sealed))
  }

  async deliveryLog(endpoint: string) {
    return this.#endpoints.logOf(endpoint)
  }

  /** Sends a test event, or a logged message once more. @returns the message's id */
  async send(endpoint: string, message: string | null): Promise<Outcome<string>> {
    const outcome = refusable(() => {
      if (this.#endpoints.destination(endpoint) === null)
        throw new EditError('not_found', `there is no webhook endpoint ${endpoint} that is on`)
      if (message === null) return this.#queue('test', {}, [endpoint])
      this.#deliveries.add({
        id: message,
        endpoint,
        ...this.#endpoints.logged(endpoint, message),
      })
      return message
    })
    this.#arm()
    return outcome
  }

  async destination(endpoint: string): Promise<Destination | null> {
    return this.#endpoints.destination(endpoint)
  }

  async logDelivery(delivery: Delivery, attempt: Attempt): Promise<void> {
    this.#endpoints.log(delivery, attempt)
  }

  override async alarm(): Promise<void> {
    this.#armedFor = null
    try {
      for (const edit of this.#edits.dueOutbox()) await this.#handOvers.now(edit)
      for (const id of this.#edits.overdue()) await this.#sweep(id)
      await deliverDue(this.#deliveries, this, settingsOf(this.env))
      this.#idempotency.sweep()
    } catch (error) {
      // An alarm that throws is retried a few times and then forgotten; the account must not be.
      console.error(JSON.stringify({ message: 'account alarm failed', error: String(error) }))
    }
    this.#arm(1000)
  }

  #account(): AccountRow | null {
    return row<AccountRow>(this.ctx.storage.sql, 'SELECT * FROM account')
  }

  /** @throws EditError `unauthenticated`, `forbidden` */
  #holding(credential: Credential): Authority {
    const account = this.#account()
    const authority = this.#keys.authority(credential)
    if (account === null || account.closedAt !== null || authority === null)
      throw new EditError('unauthenticated', 'the key does not hold any more')
    if (!authority.scopes.includes('edits:write'))
      throw new EditError('forbidden', 'the key lacks the scope edits:write')
    return authority
  }

  #once(once: Once | null, response: string, work: () => void): Outcome<Answered> {
    const outcome = refusable(() =>
      this.ctx.storage.transactionSync(() => {
        const known = once === null ? null : this.#idempotency.find(once)
        if (known !== null) return { response: known, replayed: true }
        work()
        if (once !== null) this.#idempotency.store(once, response)
        return { response, replayed: false }
      }),
    )
    this.#arm()
    return outcome
  }

  #settle(id: string, final: FinalEdit) {
    const edit = this.#edits.get(id)
    const settled = edit === null ? null : this.#ledger.settle(id, final.settlement)
    if (edit === null || settled === null) return null
    if (settled.fresh) {
      this.#edits.finish(id, final)
      if (settled.settlement === 'release')
        this.#keys.unspend(edit.key, edit.client, edit.price, edit.createdAt)
    }
    const endpoints = this.#endpoints.wanting(`edit.${final.status}`)
    return { settlement: settled.settlement, endpoints }
  }

  /**
   * A hold past its deadline: the edit's object is asked to come to an end. One that was never made
   * is made; one that vanished is given up and its hold released.
   */
  async #sweep(id: string): Promise<void> {
    this.#edits.checkAgain(id)
    const { region, id: account } = this.#account() as AccountRow
    const status = await editObject(this.env, region, account, id).conclude()
    faultPoint('account.swept', this.ctx)
    if (status !== null) return
    if (this.#edits.outboxOf(id) !== null) return this.#handOvers.now(id)
    const problem = new EditError('internal', 'the edit was lost').problem()
    this.ctx.storage.transactionSync(() =>
      this.#settle(id, {
        status: 'failed',
        settlement: 'release',
        result: null,
        problem,
        timings: null,
        attempts: 0,
        endedAt: Date.now(),
      }),
    )
  }

  /** @returns whether there is something to tell */
  #warnOfLowBalance(before: number, after: number): boolean {
    const limit = this.#account()?.lowBalance ?? 0
    if (before < limit || after >= limit) return false
    this.#queue('balance.low', { balance: after, limit }, this.#endpoints.wanting('balance.low'))
    return true
  }

  #queue(type: WebhookEvent, data: object, endpoints: readonly string[]): string {
    const id = `msg_${randomHex(16)}`
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data })
    for (const endpoint of endpoints) this.#deliveries.add({ id, endpoint, type, body })
    return id
  }

  /** One alarm, for whatever is due first. */
  #arm(notBefore = 0): void {
    const due = [this.#edits.nextAt(), this.#deliveries.nextAt(), this.#idempotency.nextAt()]
    const first = Math.min(...due.filter((at) => at !== null))
    if (Number.isFinite(first)) this.#armFor(Math.max(first, Date.now() + notBefore))
  }

  #armFor(at: number): void {
    if (this.#armedFor !== null && this.#armedFor <= at) return
    this.#armedFor = at
    // Not awaited on purpose: it belongs to the same commit as the rows it is about.
    void this.ctx.storage.setAlarm(at)
  }
}

/**
 * An owner: one e-mail address, the account that it opened, links that were mailed to it, and its
 * sessions. Nothing remains of an address that was mailed and never signed in.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Place } from '../../access/keys.ts'
import type { SessionCookie } from '../../access/sign-in.ts'
import type { Bindings } from '../../bindings.ts'
import { type Outcome, outcomeOf } from '../../rpc/outcome.ts'
import type {
  Entrant,
  NewLink,
  NewSession,
  OpenSession,
  OwnedAccount,
  OwnerRpc,
  ProvenLink,
  SessionRow,
} from '../../rpc/owner.ts'
import { hasTable, migrate, row } from '../sql.ts'
import { allowanceTables, Links, linkTables } from './links.ts'
import { Sessions, sessionTables } from './sessions.ts'

const SCHEMA = [
  [
    'CREATE TABLE owner (one INTEGER PRIMARY KEY CHECK (one = 1), address TEXT NOT NULL, account TEXT, region TEXT, openedAt INTEGER)',
    ...linkTables,
    ...sessionTables,
  ],
  allowanceTables,
]

type OwnerRow = { address: string; account: string | null; region: Place | null }

export class OwnerObject extends DurableObject<Bindings> implements OwnerRpc {
  readonly #links: Links
  readonly #sessions: Sessions

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    if (this.#isKnown()) migrate(ctx.storage, SCHEMA)
    this.#links = new Links(ctx.storage.sql)
    this.#sessions = new Sessions(ctx.storage.sql)
  }

  async ask({ address, ...link }: NewLink): Promise<Outcome<void>> {
    const { storage } = this.ctx
    migrate(storage, SCHEMA)
    const outcome = outcomeOf(() =>
      storage.transactionSync(() => {
        this.#links.sweep()
        this.#links.add(link)
        storage.sql.exec('INSERT OR IGNORE INTO owner (one, address) VALUES (1, ?)', address)
      }),
    )
    await this.#arm()
    return outcome
  }

  async reset(): Promise<void> {
    if (this.#isKnown()) this.#links.reset()
  }

  async prove(link: ProvenLink): Promise<Entrant | null> {
    if (!this.#isKnown()) return null
    const valid = this.#links.valid(link)
    const owner = this.#owner()
    if (valid === null || owner === null) return null
    return { address: owner.address, account: accountOf(owner), region: valid.region }
  }

  async enter(link: ProvenLink, account: OwnedAccount, session: NewSession): Promise<boolean> {
    if (!this.#isKnown()) return false
    const { storage } = this.ctx
    return storage.transactionSync(() => {
      if (this.#links.valid(link) === null) return false
      this.#links.use(link.hash)
      storage.sql.exec(
        'UPDATE owner SET account = ?, region = ?, openedAt = ? WHERE account IS NULL',
        account.id,
        account.region,
        Date.now(),
      )
      this.#sessions.add(session)
      this.#links.know(session.known)
      return true
    })
  }

  async session(cookie: Pick<SessionCookie, 'hash' | 'generation'>): Promise<OpenSession | null> {
    if (!this.#isKnown()) return null
    const used = this.#sessions.use(cookie)
    const owner = this.#owner()
    const account = owner === null ? null : accountOf(owner)
    if (used === null || owner === null || account === null) return null
    return { ...used, account, address: owner.address }
  }

  async sessions(): Promise<SessionRow[]> {
    return this.#sessions.list()
  }

  async revoke(id: string): Promise<boolean> {
    return this.#sessions.revoke(id)
  }

  async revokeOthers(id: string): Promise<void> {
    this.#sessions.revokeOthers(id)
  }

  /** Forgets old links; and the address, if nobody ever signed in with it. */
  override async alarm(): Promise<void> {
    if (!this.#isKnown()) return
    this.#links.sweep()
    const owner = this.#owner()
    if (this.#links.nextAt() === null && (owner === null || owner.account === null))
      await this.ctx.storage.deleteAll()
    else await this.#arm()
  }

  /** False before the first link, and once the alarm has forgotten everything. */
  #isKnown(): boolean {
    return hasTable(this.ctx.storage.sql, 'owner')
  }

  async #arm(): Promise<void> {
    const at = this.#links.nextAt()
    if (at !== null && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(at)
  }

  #owner(): OwnerRow | null {
    return row<OwnerRow>(this.ctx.storage.sql, 'SELECT address, account, region FROM owner')
  }
}

function accountOf({ account, region }: OwnerRow): OwnedAccount | null {
  return account === null || region === null ? null : { id: account, region }
}

/** What the object of an owner offers: one e-mail address that signs in to the console. */

import type { Place } from '../access/keys.ts'
import type { SessionCookie } from '../access/sign-in.ts'
import type { Outcome } from './outcome.ts'

/** The account that an owner opened. */
export type OwnedAccount = { readonly id: string; readonly region: Place }

/** A link that was asked for. Secrets are digests. */
export type NewLink = {
  readonly address: string
  readonly hash: string
  /** Of the cookie of the browser that asked. */
  readonly browser: string
  /** Where the account is to be, if there is none yet. */
  readonly region: Place
  /** Of the cookie of a browser in which somebody signed in to this address before; null without one. */
  readonly known: string | null
}

/** What a link and the browser that asked for it prove. */
export type ProvenLink = { readonly hash: string; readonly browser: string }

/** Who signs in. */
export type Entrant = {
  readonly address: string
  /** Null before the first sign-in is through. */
  readonly account: OwnedAccount | null
  /** Where a new account is to be. */
  readonly region: Place
}

export type NewSession = {
  /** Names the session in lists; proves nothing. */
  readonly id: string
  readonly hash: string
  /** What the browser says it is. */
  readonly agent: string
  /** Digest of what the browser is known by from now on. */
  readonly known: string
}

/** A session in a list. */
export type SessionRow = {
  id: string
  agent: string
  createdAt: number
  usedAt: number
}

/** Whose session it is. `renew` is the generation of the cookie that the response has to set. */
export type OpenSession = {
  readonly id: string
  readonly address: string
  readonly account: OwnedAccount
  readonly renew: number | null
}

export interface OwnerRpc extends Rpc.DurableObjectBranded {
  /** Counts and stores a link. Rejected: `rate_limited`. */
  ask(link: NewLink): Promise<Outcome<void>>
  /** Forgets how many links were asked for. */
  reset(): Promise<void>
  /** Looks at a link and uses nothing up; null unless the right browser holds one that is valid. */
  prove(link: ProvenLink): Promise<Entrant | null>
  /**
   * Uses the link up and opens a session, both or neither. The first account stands.
   * @returns false if the link was used or has expired meanwhile
   */
  enter(link: ProvenLink, account: OwnedAccount, session: NewSession): Promise<boolean>
  /**
   * The session of a cookie; null where it is unknown, over or revoked. A cookie that was replaced
   * and comes back later than late requests do was stolen, or its successor was: ends the session.
   */
  session(cookie: Pick<SessionCookie, 'hash' | 'generation'>): Promise<OpenSession | null>
  sessions(): Promise<SessionRow[]>
  /** Ends a session. @returns false if there is none with this id */
  revoke(id: string): Promise<boolean>
  /** Ends all sessions but one. */
  revokeOthers(id: string): Promise<void>
}

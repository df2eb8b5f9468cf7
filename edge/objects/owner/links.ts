/** The links that were mailed to an owner: how many, which are valid, each for one browser and once. */

import { EditError } from '../../../shared/errors.ts'
import type { Place } from '../../access/keys.ts'
import type { NewLink, ProvenLink } from '../../rpc/owner.ts'
import { sameText } from '../../secrets.ts'
import { row, rows } from '../sql.ts'

export const linkTables = [
  `CREATE TABLE link (
    hash TEXT PRIMARY KEY, browser TEXT NOT NULL, region TEXT NOT NULL,
    createdAt INTEGER NOT NULL, usedAt INTEGER)`,
]

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** How long a link is valid. */
export const LINK_MS = 15 * MINUTE_MS
/**
 * Who is mailed a link out of which allowance: browsers in which somebody signed in to the address
 * before have one of their own, which strangers cannot use up.
 */
export const allowanceTables = [
  "ALTER TABLE link ADD COLUMN allowance TEXT NOT NULL DEFAULT 'anybody'",
  'CREATE TABLE known (hash TEXT PRIMARY KEY, usedAt INTEGER NOT NULL)',
]
type Allowance = 'anybody' | 'known'

/** Browsers that are known; the one that was not signed in for longest gives way. */
const MOST_KNOWN = 20

/** Mails to one address of each allowance: within so many milliseconds. */
const LIMITS = [
  { most: 5, within: LINK_MS },
  { most: 20, within: DAY_MS },
] as const

export class Links {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** @throws EditError `rate_limited` */
  add({ hash, browser, region, known }: Omit<NewLink, 'address'>): void {
    const allowance: Allowance = known !== null && this.#isKnown(known) ? 'known' : 'anybody'
    const now = Date.now()
    const times = rows<{ createdAt: number }>(
      this.#sql,
      'SELECT createdAt FROM link WHERE createdAt > ? AND allowance = ? ORDER BY createdAt',
      now - DAY_MS,
      allowance,
    ).map(({ createdAt }) => createdAt)
    for (const { most, within } of LIMITS) {
      const recent = times.filter((at) => at > now - within)
      const [first] = recent.slice(-most)
      if (first !== undefined && recent.length >= most)
        throw new EditError(
          'rate_limited',
          `${most} links were sent to this address within ${within / MINUTE_MS} minutes, which is the most`,
          { retryAfter: Math.ceil((first + within - now) / 1000) },
        )
    }
    this.#sql.exec(
      'INSERT INTO link (hash, browser, region, createdAt, allowance) VALUES (?, ?, ?, ?, ?)',
      hash,
      browser,
      region,
      now,
      allowance,
    )
  }

  /** Counts no link that was asked for until now; those that are valid stay so. */
  reset(): void {
    this.#sql.exec("UPDATE link SET allowance = 'none'")
  }

  /** Remembers a browser in which the owner has signed in. @param hash of its secret */
  know(hash: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO known (hash, usedAt) VALUES (?, ?)', hash, Date.now())
    this.#sql.exec(
      'DELETE FROM known WHERE hash NOT IN (SELECT hash FROM known ORDER BY usedAt DESC LIMIT ?)',
      MOST_KNOWN,
    )
  }

  #isKnown(hash: string): boolean {
    return row(this.#sql, 'SELECT usedAt FROM known WHERE hash = ?', hash) !== null
  }

  /** The link, if it is valid and this browser asked for it. */
  valid({ hash, browser }: ProvenLink): { readonly region: Place } | null {
    const found = row<{ browser: string; region: Place }>(
      this.#sql,
      'SELECT browser, region FROM link WHERE hash = ? AND usedAt IS NULL AND createdAt > ?',
      hash,
      Date.now() - LINK_MS,
    )
    // To anybody else the link is as good as none, and it stays valid for the browser that asked.
    return found !== null && sameText(found.browser, browser) ? { region: found.region } : null
  }

  /** From now on it is valid no more. */
  use(hash: string): void {
    this.#sql.exec('UPDATE link SET usedAt = ? WHERE hash = ?', Date.now(), hash)
  }

  /** Forgets links that count no more. */
  sweep(): void {
    this.#sql.exec('DELETE FROM link WHERE createdAt <= ?', Date.now() - DAY_MS)
  }

  /** When the first link counts no more; null if there is none. */
  nextAt(): number | null {
    const first = row<{ at: number | null }>(this.#sql, 'SELECT MIN(createdAt) AS at FROM link')
    return first?.at == null ? null : first.at + DAY_MS
  }
}

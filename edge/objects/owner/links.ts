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
/** Mails to one address, whoever asks for them: within so many milliseconds. */
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
  add({ hash, browser, region }: Omit<NewLink, 'address'>): void {
    const now = Date.now()
    const times = rows<{ createdAt: number }>(
      this.#sql,
      'SELECT createdAt FROM link WHERE createdAt > ? ORDER BY createdAt',
      now - DAY_MS,
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
      'INSERT INTO link (hash, browser, region, createdAt) VALUES (?, ?, ?, ?)',
      hash,
      browser,
      region,
      now,
    )
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

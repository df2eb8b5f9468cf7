/**
 * What this isolate was last told of its callers' accounts. A create that fits into it asks nobody
 * before its photo is stored: the accept itself checks and counts everything again, in one call. Where it
 * is out of date, a photo was stored in vain, and is deleted; nothing else.
 */

import { Recent } from '../../../../shared/recent.ts'
import type { Standing } from '../../../rpc/account/edits.ts'
import type { Newcomer } from './newcomers.ts'

/** As long as a key is believed (`http/auth.ts`). */
const BELIEVED_MS = 30_000
const CACHE_SIZE = 1000

type Known = Standing & { readonly at: number }

/** Who asks, and what the edit costs at least. */
export type Asking = Pick<Newcomer, 'account' | 'lane' | 'model'> & {
  /** Id of the key or client token. */
  readonly credential: string
  readonly price: number
}

export class Standings {
  readonly #known = new Recent<string, Known>(CACHE_SIZE)

  /**
   * Open edits of the account in the same lane and of the same model, if the edit fits into what is
   * known together with those of its account that are on their way; null where the account has to be
   * asked.
   */
  openIfFits(asking: Asking, onTheirWay: number, now: number): number | null {
    const known = this.#known.get(nameOf(asking))
    if (known === undefined || now - known.at > BELIEVED_MS) return null
    const fits =
      asking.price * (onTheirWay + 1) <= known.money &&
      onTheirWay < Math.min(known.creates, known.mayOpen)
    return fits ? known.open : null
  }

  /** An accept was answered. */
  learn(asking: Asking, standing: Standing, now: number): void {
    this.#known.set(nameOf(asking), { ...standing, at: now })
  }

  /** A create of this caller came to nothing: the next one asks. */
  forget(asking: Asking): void {
    this.#known.delete(nameOf(asking))
  }
}

function nameOf({ account, credential, lane, model }: Asking): string {
  return `${account} ${credential} ${lane} ${model}`
}

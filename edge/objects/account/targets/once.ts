/** Creating something once, however often the request is sent. */

import type { Once, StoredResponse } from '../../../rpc/account/idempotency.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'

/** Does `work` and stores `response`, in one transaction; a stored response is returned instead. */
export function createOnce(
  { ctx, idempotency, alarm }: AccountContext,
  once: Once | null,
  response: string,
  work: () => void,
): Outcome<StoredResponse> {
  const outcome = outcomeOf(() =>
    ctx.storage.transactionSync(() => {
      const known = once === null ? null : idempotency.find(once)
      if (known !== null) return { response: known, replayed: true }
      work()
      if (once !== null) idempotency.store(once, response)
      return { response, replayed: false }
    }),
  )
  alarm.arm()
  return outcome
}

/** Settling an edit's hold, and giving up the holds of edits that were lost. */

import { EditError } from '../../../../shared/errors.ts'
import type { Settled } from '../../../rpc/account/edits.ts'
import type { FinalEdit } from '../../../rpc/edit/state.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'

/** Call it in a transaction. The first settlement stands; null where there is no such edit. */
export function settle(
  { edits, ledger, limits, endpoints }: AccountContext,
  id: string,
  final: FinalEdit,
): Settled | null {
  const edit = edits.get(id)
  const settled = edit === null ? null : ledger.settle(id, final.settlement)
  if (edit === null || settled === null) return null
  if (settled.fresh) {
    edits.finish(edit, final)
    if (settled.settlement === 'release')
      limits.unspend(edit.key, edit.client, edit.price, edit.createdAt)
  }
  return { settlement: settled.settlement, endpoints: endpoints.wanting(`edit.${final.status}`) }
}

/**
 * A hold past its deadline: the edit's object has to bring it to a final state. An object that was
 * never created is created; the hold of an edit whose object is gone is released.
 */
export async function sweep(account: AccountContext, id: string): Promise<void> {
  const { ctx, edits, profile, handOvers, findEdit } = account
  edits.checkAgain(id)
  const self = profile.read()
  if (self === null) throw new Error(`edit ${id} has no account`)
  const status = await findEdit(self.region, self.id, id).conclude()
  faultPoint('account.swept', ctx)
  if (status !== null) return
  if (edits.outboxOf(id) !== null) return handOvers.now(id)
  const problem = new EditError(
    'internal',
    "the edit's data was lost; its price was released",
  ).problem()
  ctx.storage.transactionSync(() =>
    settle(account, id, {
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

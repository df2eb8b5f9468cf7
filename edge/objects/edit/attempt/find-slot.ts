/** Looks for a provider with a free slot. */

import type { QueuedEdit } from '../../../rpc/edit/state.ts'
import { laneOf, type SlotAnswer } from '../../../rpc/provider.ts'
import { type ProviderConfig, providersFor } from '../../../settings/providers.ts'
import { faultPoint } from '../../fault-points.ts'
import { queueNameOf, shardOf } from '../../names.ts'
import type { EditContext } from '../context.ts'
import { endEdit } from '../end.ts'
import { type Choice, dispatch } from './dispatch.ts'
import { MAX_WAIT_MS } from './losses.ts'
import { problemOf, queueOf, releaseSlot, ticketOf } from './provider.ts'

/**
 * A waiting edit asks again after half its estimated wait, in case a call was lost: often enough that its
 * place is kept, though one call fails, and no more often, since thousands may wait.
 */
const ASK_AGAIN_MS = { least: 5_000, most: 50_000 }

/** Asks providers for a slot, in order, those that lost a run last. */
export async function findSlot(context: EditContext, edit: QueuedEdit): Promise<void> {
  const { ctx, store } = context
  const now = Date.now()
  if (now >= edit.dispatchBy) return expire(context, edit)
  faultPoint('edit.before-slot', ctx)
  let openUntil = now + MAX_WAIT_MS
  for (const config of choicesFor(context, edit)) {
    const choice = choiceOf(edit, config)
    const { provider, shard } = choice
    const slot = await requestSlot(context, edit, choice)
    if (slot.answer === 'open' || slot.answer === 'full') {
      openUntil = Math.min(openUntil, slot.until)
      continue
    }
    if (edit.provider !== null && (edit.provider !== provider || edit.shard !== shard))
      await releaseSlot(context, edit, 'left')
    if (slot.answer === 'wait') return wait(context, edit, choice, slot, now)
    faultPoint('edit.slot-granted', ctx)
    return dispatch(context, edit, choice)
  }
  store.change(['queued'], { wakeAt: Math.min(Math.max(openUntil, now + 100), edit.dispatchBy) })
}

async function expire(context: EditContext, edit: QueuedEdit): Promise<void> {
  const detail = `no worker was free within ${context.settings.DISPATCH_SECONDS} s`
  const problem = problemOf('worker_timeout', detail)
  if (endEdit(context, ['queued'], 'expired', 'release', { problem }))
    await releaseSlot(context, edit, 'left')
}

/** The providers that serve the model, and may for this account's region. */
function choicesFor(
  { settings }: EditContext,
  { accepted, avoid }: QueuedEdit,
): readonly ProviderConfig[] {
  const { model, region } = accepted
  const within = providersFor(settings.PROVIDERS, region)
  const serving = within.filter(({ models }) => models.includes(model))
  const fresh = serving.filter(({ name }) => !avoid.includes(name))
  return [...fresh, ...serving.filter((config) => !fresh.includes(config))]
}

/** Where the edit waits at a provider. */
function choiceOf({ accepted }: QueuedEdit, config: ProviderConfig): Choice {
  const shard = shardOf(config, accepted.region, accepted.id)
  return { provider: config.name, shard: shard?.number ?? null }
}

async function requestSlot(
  context: EditContext,
  { accepted }: QueuedEdit,
  { provider, shard }: Choice,
): Promise<SlotAnswer> {
  const { account, region, mode, payer } = accepted
  const lane = laneOf(mode, payer.client)
  const ticket = { edit: ticketOf(accepted), account, region, lane }
  const name = queueNameOf(provider, shard === null ? null : { region, number: shard })
  return queueOf(context, { accepted, shard }, provider).request(name, ticket)
}

function wait(
  { store, events }: EditContext,
  { dispatchBy, queue: before }: QueuedEdit,
  { provider, shard }: Choice,
  { position, seconds }: Extract<SlotAnswer, { answer: 'wait' }>,
  now: number,
): void {
  const { least, most } = ASK_AGAIN_MS
  const askAgain = now + Math.min(most, Math.max(least, 500 * seconds))
  const wakeAt = Math.min(askAgain, dispatchBy)
  const queue = { position, seconds }
  if (!store.change(['queued'], { provider, shard, queue, wakeAt })) return
  if (before?.position !== position) events.replace('queue', queue)
}

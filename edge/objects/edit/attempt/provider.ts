/** The current attempt's provider: its slot, and the host that runs it. */

import { EditError, type ErrorCode, type Problem } from '../../../../shared/errors.ts'
import type { AcceptedEdit } from '../../../rpc/edit/accepted.ts'
import type { Release } from '../../../rpc/provider.ts'
import { editNameOf, shardOf } from '../../names.ts'
import type { EditContext } from '../context.ts'
import { runIdFor } from './run-request.ts'

/** What of an edit finds its slot and its run. */
export type Attempted = {
  readonly accepted: AcceptedEdit
  readonly attempt: number
  readonly provider: string | null
  readonly shard: number | null
}

/** The queue of the provider in which an edit waits, or has its slot. */
export function queueOf(
  { findQueue }: EditContext,
  { accepted, shard }: Pick<Attempted, 'accepted' | 'shard'>,
  provider: string,
) {
  return findQueue(provider, shard === null ? null : { region: accepted.region, number: shard })
}

/** What a provider knows the edit by. */
export function ticketOf({ account, id }: AcceptedEdit): string {
  return editNameOf({ account, edit: id })
}

/**
 * Gives the slot back. If the call fails, the slot expires.
 *
 * @param seconds how long the run took, where it ended well and its start is known
 */
export async function releaseSlot(
  context: EditContext,
  edit: Attempted,
  why: Release,
  seconds: number | null = null,
): Promise<void> {
  if (edit.provider === null) return
  try {
    const queue = queueOf(context, edit, edit.provider)
    await queue.release(ticketOf(edit.accepted), why, seconds)
  } catch (error) {
    logAttempt('slot not released', edit, String(error))
  }
}

/** A run of this edit failed at a provider, and another provider completed it. */
export async function blame(
  context: EditContext,
  edit: Attempted,
  provider: string,
): Promise<void> {
  try {
    const { region, id } = edit.accepted
    const config = context.settings.PROVIDERS.find(({ name }) => name === provider)
    // The queue in which the edit would wait there again.
    const shard = config === undefined ? null : shardOf(config, region, id)
    await context.findQueue(provider, shard).fault()
  } catch (error) {
    logAttempt('fault not counted', { ...edit, provider }, String(error))
  }
}

/** Tells the host to cancel a run, without waiting for it. */
export function stopRun(
  { ctx, findHost }: EditContext,
  {
    accepted,
    attempt,
    provider,
    jobId,
  }: Omit<Attempted, 'shard'> & { readonly jobId: string | null },
): void {
  if (provider !== null)
    ctx.waitUntil(findHost(provider).cancel(runIdFor(accepted, attempt), jobId))
}

export function logAttempt(message: string, edit: Omit<Attempted, 'shard'>, detail: string): void {
  const { accepted, attempt, provider } = edit
  console.log(JSON.stringify({ message, edit: accepted.id, attempt, provider, detail }))
}

export function problemOf(code: ErrorCode, detail: string): Problem {
  return new EditError(code, detail).problem()
}

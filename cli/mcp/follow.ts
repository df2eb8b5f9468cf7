/** Follows an edit during a tool call, and tells the client how far it is. */

import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import type { ContextDrag, EditEvent } from '../../client/index.ts'

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/**
 * Returns when the edit is over, or after `seconds`.
 *
 * @param told counts the messages of a call, which may follow several edits
 * @throws if the call is cancelled
 */
export async function follow(
  api: ContextDrag,
  id: string,
  seconds: number,
  extra: Extra,
  told: { messages: number },
): Promise<void> {
  const timeout = AbortSignal.timeout(1000 * seconds)
  try {
    for await (const event of api.events(id, AbortSignal.any([extra.signal, timeout])))
      await tell(extra, event, ++told.messages)
  } catch (error) {
    extra.signal.throwIfAborted()
    if (!timeout.aborted) throw error
  }
}

/** Only a client that asked for progress hears of it. Progress must grow with every message. */
async function tell(
  { _meta, sendNotification }: Extra,
  event: EditEvent,
  progress: number,
): Promise<void> {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return
  const params = { progressToken, progress, message: wordsOf(event) }
  await sendNotification({ method: 'notifications/progress', params })
}

function wordsOf(event: EditEvent): string {
  if (event.type === 'status') return event.status
  if (event.type === 'queue') return `place ${event.position} in the queue`
  return `step ${event.step} of ${event.steps}`
}

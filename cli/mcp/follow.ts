/** Follows an edit during a tool call, and tells the client how far it is. */

import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import type { ContextDrag, EditEvent } from '../../client/index.ts'

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** Returns when the edit is over, or after `seconds`. @throws if the call is cancelled */
export async function follow(
  api: ContextDrag,
  id: string,
  seconds: number,
  extra: Extra,
): Promise<void> {
  const timeout = AbortSignal.timeout(1000 * seconds)
  try {
    for await (const event of api.events(id, AbortSignal.any([extra.signal, timeout])))
      await tell(extra, event)
  } catch (error) {
    extra.signal.throwIfAborted()
    if (!timeout.aborted) throw error
  }
}

/** Only a client that asked for progress hears of it. Progress must grow with every message. */
async function tell({ _meta, sendNotification }: Extra, event: EditEvent): Promise<void> {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return
  const message = event.type === 'status' ? event.status : `step ${event.step} of ${event.steps}`
  const params = { progressToken, progress: event.id, message }
  await sendNotification({ method: 'notifications/progress', params })
}

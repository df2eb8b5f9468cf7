/** What went wrong with a run, and what to do, in the page's words. */

import { ContextDragError } from '../../../client/index.ts'

/** What to do, by the code of an error. The others say it themselves. */
const ADVICE: Partial<Record<ContextDragError['code'], string>> = {
  model_unavailable: 'Choose another model, or try again in a minute.',
  forbidden: 'Choose another model, or use another client token.',
  insufficient_credit: 'Add credit to the account of this client token, or choose a cheaper model.',
  spend_limit: 'Raise the limit of this client token, or choose a cheaper model.',
  rate_limited: 'Wait a minute, then apply it again.',
  overloaded: 'Wait a minute, then apply it again.',
  handle_outside_mask: 'Move the red dot onto the thing, or correct the outline with Add.',
  handle_outside_image: 'Move the red dot into the photo.',
  target_outside_image: 'Move the blue dot into the photo.',
  nothing_moves: 'Drag the thing further.',
  nothing_lands: 'Drag the thing to a place inside the photo.',
  blocked: 'Choose another photo or another prompt.',
  gone: 'Open the photo again.',
  worker_failed: 'Apply it again.',
  worker_timeout: 'Apply it again, or choose a faster model.',
  storage_unavailable: 'Apply it again in a minute.',
  moderation_unavailable: 'Apply it again in a minute.',
  internal: 'Apply it again in a minute.',
}

/** @param online whether the browser has a connection */
export function problemText(error: unknown, online: boolean): string {
  if (!online) return 'You are offline. The edit is kept: apply it when the connection is back.'
  // fetch throws it where there is no response.
  if (error instanceof TypeError)
    return 'The server does not respond. The edit is kept: check the connection, then apply it again.'
  if (error instanceof ContextDragError) {
    const advice = ADVICE[error.code]
    const detail = error.problem.detail.replace(/\.$/, '')
    const said = `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`
    return advice === undefined ? said : `${said} ${advice}`
  }
  return error instanceof Error ? error.message : String(error)
}

/**
 * A client token for this page: given out by a server on this machine, typed in for one elsewhere.
 * Never a key, and never in an asset.
 */

import { ContextDrag } from '../../client/index.ts'

const STORED = 'contextdrag-client-token'

/** The API with the token that is known; null where somebody has to type one in. */
export async function openApi(): Promise<ContextDrag | null> {
  const typed = sessionStorage.getItem(STORED)
  if (typed !== null) return apiWith(typed)
  const answer = await fetch('/dev/client-token', { method: 'POST' })
  if (answer.status === 404) return null
  if (!answer.ok) throw new Error(`the server gives no token: ${answer.status}`)
  const { token } = (await answer.json()) as { token: string }
  return apiWith(token)
}

/** Keeps a token for as long as the tab is open. */
export function useToken(token: string): ContextDrag {
  sessionStorage.setItem(STORED, token)
  return apiWith(token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(STORED)
}

function apiWith(key: string): ContextDrag {
  return new ContextDrag({ baseUrl: location.origin, key })
}

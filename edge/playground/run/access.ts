/**
 * The client token of this page. A development server issues one; otherwise the user enters one.
 * Account keys are never used, and no asset contains a credential.
 */

import { ContextDrag } from '../../../client/index.ts'

const STORED = 'contextdrag-client-token'

/** The API with the stored or an issued token; null if the user has to enter one. */
export async function openApi(): Promise<ContextDrag | null> {
  const typed = sessionStorage.getItem(STORED)
  if (typed !== null) return apiWith(typed)
  const response = await fetch('/dev/client-token', { method: 'POST' })
  if (response.status === 404) return null
  if (!response.ok)
    throw new Error(
      `The server did not return a client token (status ${response.status}). Reload the page to try again.`,
    )
  const { token } = (await response.json()) as { token: string }
  return apiWith(token)
}

/** Stores a token until the tab is closed. */
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

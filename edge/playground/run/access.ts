/**
 * The client token of this page. A development server issues one; otherwise the user enters one.
 * Account keys are never used, and no asset contains a credential.
 */

import { ContextDrag } from '../../../client/index.ts'
import type { ModelName } from '../../../shared/models.ts'
import { offeredTo } from './offered.ts'

const STORED = 'contextdrag-client-token'

/** What a token opens. */
export type Access = {
  readonly api: ContextDrag
  /** The models that it may use, as far as its text says. */
  readonly offered: readonly ModelName[]
}

/** The API with the stored or an issued token; null if the user has to enter one. */
export async function openApi(): Promise<Access | null> {
  const typed = sessionStorage.getItem(STORED)
  if (typed !== null) return accessWith(typed)
  const response = await fetch('/dev/client-token', { method: 'POST' })
  if (response.status === 404) return null
  if (!response.ok)
    throw new Error(
      `The server did not return a client token (status ${response.status}). Reload the page to try again.`,
    )
  const { token } = (await response.json()) as { token: string }
  return accessWith(token)
}

/** Stores a token until the tab is closed. */
export function useToken(token: string): Access {
  sessionStorage.setItem(STORED, token)
  return accessWith(token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(STORED)
}

function accessWith(key: string): Access {
  const api = new ContextDrag({ baseUrl: location.origin, key })
  return { api, offered: offeredTo(key) }
}

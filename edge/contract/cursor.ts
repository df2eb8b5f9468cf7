/** Cursors of lists: where the next page begins, as text that a caller sends back. */

import { EditError } from '../../shared/errors.ts'
import { base64url, fromBase64url } from '../secrets.ts'

/** After which entry a page begins. */
export type Cursor = { readonly createdAt: number; readonly id: string }

export function cursorText({ createdAt, id }: Cursor): string {
  return base64url(new TextEncoder().encode(JSON.stringify([createdAt, id])))
}

/** @throws EditError `invalid_request` for a text that is none of ours */
export function parseCursor(cursor: string): Cursor {
  try {
    const [createdAt, id] = JSON.parse(new TextDecoder().decode(fromBase64url(cursor)))
    if (typeof createdAt === 'number' && typeof id === 'string') return { createdAt, id }
  } catch {
    // Not a cursor of ours; rejected below.
  }
  throw new EditError('invalid_request', 'the cursor is not valid', { pointer: '/cursor' })
}

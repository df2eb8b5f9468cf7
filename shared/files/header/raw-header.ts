/** What the header of a photo says, before its orientation is applied. */

import type { Size } from '../../drag.ts'
import { EditError } from '../../errors.ts'

/** Size as stored, orientation (1 to 8), and whether there is more than one frame. */
export type RawHeader = Size & { readonly orientation: number; readonly animated: boolean }

/** @throws EditError `image_unreadable` */
export function unreadable(detail: string): never {
  throw new EditError('image_unreadable', detail, { pointer: '/image' })
}

/** @throws EditError `image_format_unsupported` */
export function unsupported(detail: string): never {
  throw new EditError('image_format_unsupported', detail, { pointer: '/image' })
}

/** Bytes as Latin-1 text; shorter where the file ends. */
export function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

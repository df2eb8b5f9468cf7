/** Files inside JSON: data URLs, read as browsers read them (https://fetch.spec.whatwg.org/#data-urls). */

import { decodeBase64 } from './base64.ts'

const COMMA = 0x2c
const HASH = 0x23
const PERCENT = 0x25
/** Space, and the control characters before it. */
const SPACE = 0x20

/** True if the text has the scheme of a data URL, valid or not. */
export function isDataUrl(text: string): boolean {
  return /^\s*data:/i.test(text)
}

/** The bytes of a data URL, or null if the text is not one. */
export function dataUrlBytes(text: string): Uint8Array | null {
  return isDataUrl(text) ? decodeDataUrl(new TextEncoder().encode(text)) : null
}

/**
 * Decodes a data URL, given as UTF-8, over itself, so that a file is never held twice.
 *
 * @returns a part of `url`, which now holds the file; null if it is no data URL, and then `url` is of
 * no use any more
 */
export function decodeDataUrl(url: Uint8Array): Uint8Array | null {
  const comma = url.indexOf(COMMA)
  if (comma === -1) return null
  const head = new TextDecoder().decode(url.subarray(0, comma))
  if (!isDataUrl(head)) return null
  const hash = url.indexOf(HASH, comma)
  const body = url.subarray(comma + 1, hash === -1 ? url.length : hash)
  if (!/; *base64\s*$/i.test(head)) return decodePercent(trimmed(body))
  return decodeBase64(body.includes(PERCENT) ? decodePercent(body) : body)
}

/** Without the spaces at its end. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] as number) <= SPACE) end--
  return bytes.subarray(0, end)
}

/** Writes one byte for each `%XX`, over the text itself. */
function decodePercent(bytes: Uint8Array): Uint8Array {
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    const digits = byte === PERCENT ? String.fromCharCode(...bytes.subarray(at + 1, at + 3)) : ''
    const isCode = digits !== '' && /^[0-9a-f]{2}$/i.test(digits)
    bytes[length++] = isCode ? Number.parseInt(digits, 16) : byte
    if (isCode) at += 2
  }
  return bytes.subarray(0, length)
}

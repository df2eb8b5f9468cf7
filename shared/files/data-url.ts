/** Files inside JSON: data URLs, read as browsers read them (https://fetch.spec.whatwg.org/#data-urls). */

const PERCENT = 0x25

/** True if the text has the scheme of a data URL, valid or not. */
export function isDataUrl(text: string): boolean {
  return /^\s*data:/i.test(text)
}

/** The bytes of a data URL, or null if the text is not one. */
export function dataUrlBytes(text: string): Uint8Array | null {
  const comma = text.indexOf(',')
  if (comma === -1 || !isDataUrl(text)) return null
  const [body = ''] = text.slice(comma + 1).split('#', 1)
  if (!/; *base64\s*$/i.test(text.slice(0, comma))) return percentDecoded(body.trimEnd())
  const base64 = body.includes('%') ? new TextDecoder().decode(percentDecoded(body)) : body
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

/** The text's bytes, with one for each `%XX`. */
function percentDecoded(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    const digits = byte === PERCENT ? String.fromCharCode(...bytes.subarray(at + 1, at + 3)) : ''
    const isCode = /^[0-9a-f]{2}$/i.test(digits)
    bytes[length++] = isCode ? Number.parseInt(digits, 16) : byte
    if (isCode) at += 2
  }
  return bytes.subarray(0, length)
}

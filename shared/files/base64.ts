/** Base64, decoded where it stands (https://infra.spec.whatwg.org/#forgiving-base64-decode). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const SPACE = 64
const PADDING = 65
const OTHER = 66

/** What a byte means in base64: six bits, or one of the above. */
const MEANING = new Uint8Array(256).fill(OTHER)
for (const [i, character] of [...ALPHABET].entries()) MEANING[character.charCodeAt(0)] = i
for (const space of '\t\n\f\r ') MEANING[space.charCodeAt(0)] = SPACE
MEANING['='.charCodeAt(0)] = PADDING

/**
 * Decodes base64 over itself, so that a file is never held twice. Spaces are skipped; the padding
 * may be missing, but not be wrong.
 *
 * @returns the first bytes of `text`, which now hold the file; null if it is not base64, and then
 * `text` is of no use any more
 */
export function decodeBase64(text: Uint8Array): Uint8Array | null {
  let length = 0
  let bits = 0
  let digits = 0
  let padding = 0
  for (let at = 0; at < text.length; at++) {
    const meaning = MEANING[text[at] as number] as number
    if (meaning < SPACE) {
      if (padding > 0) return null
      bits = (bits << 6) | meaning
      digits++
      if (digits % 4 === 1) continue
      // Of 6, 12 and 18 bits that are not written yet, 8 are written, and 4, 2 and 0 stay.
      const left = 6 - 2 * ((digits - 1) % 4)
      text[length++] = bits >>> left
      bits &= (1 << left) - 1
    } else if (meaning === PADDING) padding++
    else if (meaning === OTHER) return null
  }
  if (digits % 4 === 1 || padding > 2) return null
  return padding > 0 && (digits + padding) % 4 !== 0 ? null : text.subarray(0, length)
}

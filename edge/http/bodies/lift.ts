/**
 * Files inside JSON: the data URLs of `image`, `mask` and `affects` are taken out of a body before it becomes
 * text, so that a photo is never held as bytes, as text and as a string.
 */

import { isDataUrl } from '../../../shared/files/data-url.ts'
import { fieldsTooLarge, MAX_FIELD_BYTES } from './bytes.ts'

/** Members whose text is a file. */
const FILES = ['image', 'mask', 'affects'] as const
/** Shorter text stays where it is. */
const LONG_BYTES = 2000
/** A data URL's comma is among its first bytes. */
const HEAD_BYTES = 200

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
/** Tab, line feed, carriage return. */
const LINE_ENDS = [9, 10, 13]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Data URLs as UTF-8, by the member that they were the value of. */
export type LiftedFiles = { [Name in (typeof FILES)[number]]?: Uint8Array }

/** JSON with the heads of its data URLs, and the data URLs. */
export type Lifted = { readonly text: string; readonly files: LiftedFiles }

/**
 * Takes the data URLs of the outermost object out of JSON. They are parts of `json`, in which their
 * escapes are resolved. What is no JSON stays none.
 *
 * @throws EditError `image_too_large` where too much text is left
 */
export function liftFiles(json: Uint8Array): Lifted {
  const files: LiftedFiles = {}
  const texts: string[] = []
  let left = 0
  let from = 0
  const keep = (to: number) => {
    left += to - from
    if (left > MAX_FIELD_BYTES) throw fieldsTooLarge()
    texts.push(
      new TextDecoder('utf-8', { fatal: false, ignoreBOM: from > 0 }).decode(
        json.subarray(from, to),
      ),
    )
  }
  let depth = 0
  let key = ''
  let isValue = false
  for (let at = 0; at < json.length && left + at - from <= MAX_FIELD_BYTES; at++) {
    const byte = json[at]
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
    else if (byte === COMMA) isValue = false
    else if (byte === COLON) isValue = true
    if (byte !== QUOTE) continue
    const start = at + 1
    at = endOfString(json, start)
    if (depth !== 1) continue
    const name = isValue ? FILES.find((file) => file === key) : undefined
    if (!isValue) {
      key = decoder.decode(json.subarray(start, Math.min(at, start + 10)))
      // Of members with the same name, JSON takes the last one.
      for (const file of FILES) if (file === key) delete files[file]
    }
    const head = name === undefined ? 0 : headOf(json.subarray(start, at))
    if (name === undefined || head === 0) continue
    keep(start + head)
    files[name] = unescaped(json.subarray(start, at))
    from = at
  }
  keep(json.length)
  return { text: texts.join(''), files }
}

/** Where a string ends that begins at `from`: at its quote, or with the bytes. */
function endOfString(json: Uint8Array, from: number): number {
  for (
    let quote = json.indexOf(QUOTE, from);
    quote !== -1;
    quote = json.indexOf(QUOTE, quote + 1)
  ) {
    let before = quote - 1
    while (before >= from && json[before] === BACKSLASH) before--
    if ((quote - before) % 2 === 1) return quote
  }
  return json.length
}

/** Bytes of a long data URL's head, with its comma; 0 if the text of a string is none. */
function headOf(text: Uint8Array): number {
  // Strings of JSON have no line ends: what is wrong is left for the parser to say.
  if (longDataUrl(text) === null || LINE_ENDS.some((end) => text.includes(end))) return 0
  return text.indexOf(COMMA) + 1
}

/** The text itself where it is a data URL, and so long that it should not become a string; or null. */
export function longDataUrl(text: Uint8Array): Uint8Array | null {
  if (text.length < LONG_BYTES) return null
  const comma = text.subarray(0, HEAD_BYTES).indexOf(COMMA)
  return isDataUrl(decoder.decode(text.subarray(0, comma + 1))) ? text : null
}

/** The data URL that is a JSON document of its own; null where it is none, or short. */
export function jsonDataUrl(json: Uint8Array): Uint8Array | null {
  const start = json.indexOf(QUOTE) + 1
  const end = json.lastIndexOf(QUOTE)
  const around = [json.subarray(0, start), json.subarray(end)].map((part) =>
    decoder.decode(part).trim(),
  )
  const text = json.subarray(start, end)
  if (around.join('') !== '""' || endOfString(json, start) !== end || headOf(text) === 0)
    return null
  return unescaped(text)
}

/** The escapes of a JSON string's text, resolved over the text itself. */
function unescaped(text: Uint8Array): Uint8Array {
  let to = text.indexOf(BACKSLASH)
  if (to === -1) return text
  for (let at = to; at < text.length; ) {
    const byte = text[at] as number
    if (byte !== BACKSLASH) {
      text[to++] = byte
      at++
      continue
    }
    const [found = ''] = ESCAPE.exec(decoder.decode(text.subarray(at, at + 12))) ?? []
    at += Math.max(1, found.length)
    to += encoder.encodeInto(characterOf(found), text.subarray(to)).written
  }
  return text.subarray(0, to)
}

/** An escape of JSON: a pair of surrogates, a code unit, or a character. */
const ESCAPE = /^\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u.{4}|.)/s

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What an escape means. One that JSON does not have stays as it is. */
function characterOf(text: string): string {
  try {
    return JSON.parse(`"${text}"`)
  } catch {
    return text
  }
}

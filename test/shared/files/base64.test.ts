/** Against atob, which decodes as the standard says. */

import { expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/files/base64.ts'

function expected(text: string): number[] | null {
  try {
    return Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

/** All texts of up to five of these characters. */
function textsOf(characters: string, length: number): string[] {
  if (length === 0) return ['']
  const shorter = textsOf(characters, length - 1)
  const longest = shorter.filter((text) => text.length === length - 1)
  return [...shorter, ...longest.flatMap((text) => [...characters].map((one) => text + one))]
}

test('every short text of digits, padding, space and other bytes', () => {
  for (const text of textsOf('Q/= !', 5)) {
    const bytes = decodeBase64(new TextEncoder().encode(text))
    expect([text, bytes === null ? null : [...bytes]]).toEqual([text, expected(text)])
  }
})

test('all bytes, decoded over themselves', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * i)
  const text = new TextEncoder().encode(btoa(String.fromCharCode(...bytes)))
  const decoded = decodeBase64(text)
  expect(decoded).toEqual(bytes)
  expect(decoded?.buffer).toBe(text.buffer)
})

/** Files inside JSON: data URLs in base64. */

/** The bytes of a data URL, or null if the text is not a data URL in base64. */
export function dataUrlBytes(text: string): Uint8Array | null {
  const match = /^data:[^,]*;base64,/.exec(text.slice(0, 200))
  if (match === null) return null
  try {
    return Uint8Array.from(atob(text.slice(match[0].length)), (character) =>
      character.charCodeAt(0),
    )
  } catch {
    return null
  }
}

/** Files inside JSON. */

/** Characters that a call may have as arguments. */
const PIECE = 8192

/** The file as a base64 data URL. */
export async function dataUrl(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let from = 0; from < bytes.length; from += PIECE)
    text += String.fromCharCode(...bytes.subarray(from, from + PIECE))
  return `data:${file.type || 'image/png'};base64,${btoa(text)}`
}

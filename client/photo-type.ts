/** The media type of a photo. */

/** How the files begin that the API takes. */
const SIGNATURES = { png: /^\x89PNG/, jpeg: /^\xff\xd8\xff/, webp: /^RIFF.{4}WEBP/s }

/** By its first bytes: blobs often have no type, or not the right one. Otherwise the blob's own type. */
export async function photoType(photo: Blob): Promise<string> {
  const bytes = await photo.slice(0, 12).arrayBuffer()
  const head = String.fromCharCode(...new Uint8Array(bytes))
  const found = Object.entries(SIGNATURES).find(([, signature]) => signature.test(head))
  return found ? `image/${found[0]}` : photo.type
}

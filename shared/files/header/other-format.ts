/** Names of formats that are not read, to say what it is that was sent. */

import { text } from './raw-header.ts'

/** Formats of phones and cameras, or null. */
export function cameraFormat(bytes: Uint8Array): string | null {
  if (text(bytes, 4, 4) === 'ftyp') {
    const brand = text(bytes, 8, 4)
    if (/^avi/.test(brand)) return 'AVIF'
    if (/^(hei|hev|mif|msf)/.test(brand)) return `HEIC/HEIF (${brand.trim()})`
    if (brand === 'crx ') return 'RAW (CR3)'
  }
  const magic = text(bytes, 0, 4)
  if (magic === 'II*\0' || magic === 'MM\0*') return 'RAW or TIFF'
  if (
    ['IIRO', 'IIRS', 'MMOR', 'IIU\0', 'FOVb'].includes(magic) ||
    text(bytes, 0, 15) === 'FUJIFILMCCD-RAW'
  )
    return 'RAW'
  return null
}

/** What files begin with that are often sent in place of a photo. */
const OTHERS: readonly [starts: string[], name: string][] = [
  [['gif8'], 'a GIF'],
  [['bm'], 'a BMP'],
  [['\xff\n', '\0\0\0\fjxl '], 'JPEG XL'],
  [['\0\0\0\fjp  ', '\xff\x6f\xff\x51'], 'JPEG 2000'],
  [['\0\0\x01\0'], 'an icon (ICO)'],
  [['8bps'], 'a Photoshop file'],
  [['%pdf'], 'a PDF'],
  [['<svg', '<?xml'], 'XML, perhaps SVG'],
  [['<!doctype', '<html'], 'an HTML page'],
  // The starts of PNG, JPEG and WebP in base64.
  [['data:', 'ivborw0k', '/9j/', 'uklgr'], 'base64 text, not the bytes themselves'],
]

/** Other formats, or null. */
export function otherFormat(bytes: Uint8Array): string | null {
  const head = text(bytes, 0, 64)
  const found = OTHERS.find(([starts]) => starts.some((start) => startsWith(head, start)))
  return found?.[1] ?? null
}

/** As text, files may start with blanks, and in either case. */
function startsWith(head: string, start: string): boolean {
  return head.trimStart().toLowerCase().startsWith(start)
}

/**
 * Opens photos with sharp, upright. The header is read by the code that the edge reads it with, so
 * both know a photo by the same size.
 */

import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_PIXELS, readImageHeader } from '../../shared/files/image-header.ts'

/**
 * A photo for sharp, turned as its EXIF orientation says.
 *
 * @throws EditError as {@link readImageHeader}
 */
export function openPhoto(
  photo: Uint8Array,
  { ignoreIcc = false }: Pick<SharpOptions, 'ignoreIcc'> = {},
): Sharp {
  const { format, orientation } = readImageHeader(photo)
  const cut = format === 'jpeg' && lacksEnd(photo)
  const image = sharp(cut ? Buffer.concat([photo, END]) : photo, {
    ignoreIcc,
    limitInputPixels: MAX_IMAGE_PIXELS,
    // 'truncated' tolerates what decoders only warn about, and rejects files that lack pixels. If the
    // end is ours, missing pixels are only a warning.
    failOn: cut ? 'warning' : 'truncated',
  })
  const { flip, flop, turn } = TURNS[orientation - 1] as Turn
  // sharp mirrors first and rotates then, in whatever order it is asked.
  return image.flip(flip).flop(flop).rotate(turn)
}

/**
 * What sharp cannot decode is the fault of the photo.
 *
 * @throws EditError `image_truncated`
 */
export async function decoded<T>(decoding: Promise<T>): Promise<T> {
  try {
    return await decoding
  } catch (cause) {
    throw new EditError(
      'image_truncated',
      `the image cannot be decoded: ${cause instanceof Error ? cause.message : cause}`,
      { pointer: '/image' },
    )
  }
}

type Turn = { readonly flip: boolean; readonly flop: boolean; readonly turn: number }

/** What makes a photo upright, for the orientations 1 to 8 (EXIF 2.32, tag 274). */
const TURNS: readonly Turn[] = [
  { flip: false, flop: false, turn: 0 },
  { flip: false, flop: true, turn: 0 },
  { flip: false, flop: false, turn: 180 },
  { flip: true, flop: false, turn: 0 },
  { flip: false, flop: true, turn: 270 },
  { flip: false, flop: false, turn: 90 },
  { flip: false, flop: true, turn: 90 },
  { flip: false, flop: false, turn: 270 },
]

const END = Buffer.from([0xff, 0xd9])
const SCAN = Buffer.from([0xff, 0xda])

/** Whether a JPEG's last scan has no end-of-image marker. Some cameras and copies leave it out. */
function lacksEnd(jpeg: Uint8Array): boolean {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
  return bytes.lastIndexOf(END) < bytes.lastIndexOf(SCAN)
}

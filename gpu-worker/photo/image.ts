/**
 * Decodes, resizes and encodes photos, with sharp. Knows nothing of latents.
 */

import sharp, { type Sharp } from 'sharp'
import type { Size } from '../../shared/drag.ts'
import type { SamplerSettings } from '../../shared/edit/sampler-settings.ts'
import { EditError } from '../../shared/errors.ts'
import { readImageHeader } from '../../shared/files/image-header.ts'
import { decoded, openPhoto } from './open-photo.ts'
import { pngColour } from './png-colour.ts'
import { spreadInto } from './spread.ts'
import { withProfile } from './tiff.ts'

/** A decoded photo as displayed: 8 bits per channel, RGB interleaved, alpha separate. */
export type DecodedPhoto = Size & {
  readonly rgb: Uint8Array
  readonly alpha: Uint8Array | null
  /** The colour profile of the RGB values; null for sRGB. */
  readonly profile: Uint8Array | null
}

/**
 * Decodes a photo and applies its EXIF orientation. 16-bit, CMYK, grey and palette images become
 * 8-bit RGB. An RGB profile is kept without converting the values, so that unedited pixels do not
 * change; one is made from other colour chunks of a PNG. Other profiles are applied.
 *
 * @throws EditError as {@link readImageHeader}, `image_unreadable`, `image_truncated`
 */
export async function decodePhoto(bytes: Uint8Array): Promise<DecodedPhoto> {
  const header = readImageHeader(bytes)
  const { icc, space, hasAlpha } = await decoded(openPhoto(bytes).metadata())
  const said = header.format === 'png' ? pngColour(bytes) : 'own'
  const isRgb = space === 'srgb' || space === 'rgb16'
  const keep = icc !== undefined && isRgb && icc.toString('latin1', 16, 20) === 'RGB '
  const { data, info } = await decoded(
    openPhoto(bytes, { ignoreIcc: keep || said !== 'own' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true }),
  )
  const { width, height } = info
  if (width !== header.width || height !== header.height)
    throw new EditError(
      'image_unreadable',
      `the image's header says ${header.width}x${header.height}; its pixels are ${width}x${height}`,
      { pointer: '/image' },
    )
  const planes = separateAlpha(data, info.channels, hasAlpha)
  return { width, height, ...planes, profile: said === 'own' ? (keep ? icc : null) : said }
}

function separateAlpha(
  data: Buffer,
  channels: number,
  hasAlpha: boolean,
): { rgb: Uint8Array; alpha: Uint8Array | null } {
  if (channels === 3) return { rgb: data, alpha: null }
  const count = data.length / channels
  const colours = channels <= 2 ? 1 : 3
  const rgb = new Uint8Array(3 * count)
  const alpha = hasAlpha ? new Uint8Array(count) : null
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 3; k++)
      rgb[3 * i + k] = data[channels * i + Math.min(k, colours - 1)] as number
    if (alpha !== null) alpha[i] = data[channels * i + colours] as number
  }
  return { rgb, alpha }
}

/** What a photo without any visible pixel is filled with. */
const NOTHING_VISIBLE = 128

/**
 * The photo's colours as far as they can be seen: each fully transparent pixel has the colour of the
 * nearest visible one. Files keep any colour there, even what somebody erased; no result may show it.
 */
export function visibleColours({ rgb, alpha, width, height }: DecodedPhoto): Uint8Array {
  if (alpha === null || !alpha.includes(0)) return rgb
  if (alpha.every((value) => value === 0)) return new Uint8Array(rgb.length).fill(NOTHING_VISIBLE)
  const visible = rgb.slice()
  const hidden = alpha.map((value) => (value === 0 ? 1 : 0))
  spreadInto(hidden, { width, height }, (to, from) => {
    visible.copyWithin(3 * to, 3 * from, 3 * from + 3)
  })
  return visible
}

/** Colours of a photo at the working size, for the autoencoder: [3, height, width] in [-1, 1]. */
export async function workingPixels(
  rgb: Uint8Array,
  photo: Size,
  size: Size,
): Promise<Float32Array> {
  const data = await resized(rgb, photo, size)
  const plane = size.width * size.height
  const pixels = new Float32Array(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let k = 0; k < 3; k++) pixels[k * plane + i] = (data[3 * i + k] as number) / 127.5 - 1
  return pixels
}

/** The autoencoder's output [3, H, W] in [-1, 1] as RGB interleaved. */
export function rgbOf(pixels: Float32Array, { width, height }: Size): Uint8Array {
  const plane = width * height
  const rgb = new Uint8ClampedArray(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let k = 0; k < 3; k++) rgb[3 * i + k] = ((pixels[k * plane + i] as number) + 1) * 127.5
  return new Uint8Array(rgb.buffer)
}

/** RGB interleaved at another size. */
export async function resized(rgb: Uint8Array, from: Size, to: Size): Promise<Uint8Array> {
  if (from.width === to.width && from.height === to.height) return rgb
  const { buffer, byteOffset, length } = await sharp(rgb, {
    raw: { width: from.width, height: from.height, channels: 3 },
  })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer()
  // Not a Buffer, whose slice() is no copy.
  return new Uint8Array(buffer, byteOffset, length)
}

/**
 * Encodes RGB at the photo's size, with the photo's alpha and profile. Other metadata of the photo
 * is dropped.
 *
 * @param source who made it
 */
export async function encodePhoto(
  rgb: Uint8Array,
  photo: DecodedPhoto,
  output: SamplerSettings['output'],
  source: SourceType = 'compositeWithTrainedAlgorithmicMedia',
): Promise<Size & { readonly bytes: Uint8Array }> {
  const { format, quality, maxSize } = output
  const whole = sharpInput(rgb, photo).keepIccProfile().withXmp(xmpOf(source))
  const image =
    maxSize === undefined || maxSize >= Math.max(photo.width, photo.height)
      ? whole
      : whole.resize({ width: maxSize, height: maxSize, fit: 'inside' })
  const { data, info } = await encoded(image, format, quality).toBuffer({ resolveWithObject: true })
  return { bytes: data, width: info.width, height: info.height }
}

function encoded(image: Sharp, format: SamplerSettings['output']['format'], quality: number) {
  switch (format) {
    case 'png':
      // Filtered rows are a third to a half smaller, for a fifth more of the time (docs/benchmarks.md).
      return image.png({ compressionLevel: 3, adaptiveFiltering: true })
    case 'jpeg':
      return image.flatten({ background: 'white' }).jpeg({ quality })
    case 'webp':
      return image.webp({ quality })
  }
}

/**
 * IPTC's DigitalSourceType (cv.iptc.org/newscodes/digitalsourcetype): partly made by a trained model, or
 * edited by somebody with tools that are none.
 */
export type SourceType = 'compositeWithTrainedAlgorithmicMedia' | 'humanEdits'

/** The type as an XMP packet. */
const xmpOf = (source: SourceType) => `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/${source}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`

/** The thumbnail of a progress event, as a data URL. */
export async function thumbnail(rgb: Uint8Array, { width, height }: Size): Promise<string> {
  const webp = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: 256, height: 256, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 60 })
    .toBuffer()
  return `data:image/webp;base64,${webp.toString('base64')}`
}

/**
 * The pixels as input for sharp. It keeps a profile only from an image that has one, so pixels with
 * a profile are wrapped in a TIFF.
 */
function sharpInput(rgb: Uint8Array, photo: DecodedPhoto): Sharp {
  const { width, height, alpha, profile } = photo
  const channels = alpha === null ? 3 : 4
  const pixels = alpha === null ? rgb : interleaved(rgb, alpha)
  if (profile === null) return sharp(pixels, { raw: { width, height, channels } })
  return sharp(withProfile(pixels, photo, channels, profile))
}

function interleaved(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(4 * alpha.length)
  for (let i = 0; i < alpha.length; i++) {
    pixels.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
    pixels[4 * i + 3] = alpha[i] as number
  }
  return pixels
}

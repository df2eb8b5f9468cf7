/** One photo has one size, whichever way it comes. */

import { expect, test } from 'vitest'
import { newBudgets } from '../../../../edge/memory/budgets.ts'
import { HeldBytes } from '../../../../edge/memory/held-bytes.ts'
import { uploadKey } from '../../../../edge/storage/blob-urls.ts'
import { type ImageSource, openPhoto } from '../../../../edge/use-cases/photos/photo.ts'
import { bindings } from '../../app.ts'
import { openTenant } from '../tenant.ts'

/** A RIFF chunk; its length is even. */
function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + body.length)
  bytes.set(new TextEncoder().encode(type))
  new DataView(bytes.buffer).setUint32(4, body.length, true)
  bytes.set(body, 8)
  return bytes
}

/** A lossless WebP of 80x120 with 300 KB of "pixels", which its last chunk turns on its side. */
async function turnedWebp(): Promise<Uint8Array> {
  const canvas = Uint8Array.of(8, 0, 0, 0, 79, 0, 0, 119, 0, 0)
  const pixels = new Uint8Array(300_000)
  pixels[0] = 0x2f
  new DataView(pixels.buffer).setUint32(1, 79 | (119 << 14), true)
  const exif = Uint8Array.of(
    ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0],
    ...[0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
  )
  const parts = [
    new TextEncoder().encode('WEBP'),
    chunk('VP8X', canvas),
    chunk('VP8L', pixels),
    chunk('EXIF', exif),
  ] as Uint8Array<ArrayBuffer>[]
  return chunk('RIFF', new Uint8Array(await new Blob(parts).arrayBuffer()))
}

test('an orientation at the end of a file counts in a body, an upload and behind a URL', async () => {
  const tenant = await openTenant(0)
  const webp = await turnedWebp()
  const id = `upl_${'2'.repeat(32)}`
  const file = { client: null, contentType: 'image/webp', bytes: webp.length } as const
  await tenant.account
    .uploads()
    .create(null, 'not read', { ...file, id, expiresAt: Date.now() + 60_000 })
  const key = uploadKey(tenant.caller.credential.account, id)
  await bindings.BUCKET.put(key, webp as Uint8Array<ArrayBuffer>)
  const sources: ImageSource[] = [webp, { upload: id }, { url: 'https://example.com/photo' }]
  const budgets = newBudgets(10)
  for (const source of sources) {
    const photo = await openPhoto(source, tenant, {
      bucket: bindings.BUCKET,
      budgets,
      fetchImage: async (_, take) => new HeldBytes(webp.slice(), await take(webp.length)),
    })
    expect(photo.header).toMatchObject({ width: 120, height: 80, orientation: 6 })
    await photo.store('copy')
    const copy = await bindings.BUCKET.get('copy')
    expect(await copy?.bytes()).toEqual(webp)
    expect(copy?.httpMetadata?.contentType).toBe('image/webp')
    expect(budgets.photos.held).toBe(source instanceof Uint8Array ? 0 : webp.length)
    photo.release()
    expect(budgets.photos.held).toBe(0)
  }
})

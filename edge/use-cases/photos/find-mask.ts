/**
 * The outline of a thing in a stored photo, found by a worker that has a segmenter. Stores nothing;
 * providers that are full or out of order are passed over.
 */

import { EditError } from '../../../shared/errors.ts'
import { decodePngMask } from '../../../shared/files/png.ts'
import type { CreateMask, MaskAnswer } from '../../../shared/find-mask.ts'
import type { Host } from '../../dispatch/host.ts'
import type { providerObject } from '../../objects/names.ts'
import type { BlobUrls } from '../../storage/blob-urls.ts'
import type { Tenant } from '../tenant.ts'
import { keyOfStored, notUploaded } from './photo.ts'

const URL_MS = 60_000
/** Seconds after which a slot may be free again. */
const FULL_RETRY = 2

/** A provider with its host and the object that gives out its slots. */
export type Provider = {
  readonly name: string
  readonly host: Host
  readonly object: Pick<ReturnType<typeof providerObject>, 'requestMask' | 'releaseMask'>
}

export type MaskServices = {
  /** In the order of preference. */
  readonly providers: readonly Provider[]
  readonly bucket: R2Bucket
  readonly blobs: BlobUrls
}

/**
 * Finds a mask.
 *
 * @param id names the request to the worker and its slot
 * @param rough a mask whose outline is to be found, or null
 * @throws EditError `model_unavailable` where no provider can take it now; the worker's own refusal
 */
export async function findMask(
  tenant: Tenant,
  id: string,
  { image, points, box }: Pick<CreateMask, 'image' | 'points' | 'box'>,
  rough: Uint8Array | null,
  { providers, bucket, blobs }: MaskServices,
): Promise<MaskAnswer> {
  // Checked here, where decompression bombs are guarded against; the worker decodes it again.
  if (rough !== null) await decodePngMask(rough)
  const able = providers.filter(({ host }) => host.findMask !== null)
  if (able.length === 0)
    throw new EditError('model_unavailable', 'no worker here finds masks', { retryAfter: 3600 })
  const key = await keyOfStored(image, tenant)
  if ((await bucket.head(key)) === null) throw notUploaded()
  const job = {
    image: await blobs.get(key, Date.now() + URL_MS, 'worker'),
    points,
    box: box ?? null,
    mask: rough === null ? null : base64(rough),
  }
  const waits: number[] = []
  for (const provider of able) {
    const found = await ask(provider, id, job)
    if ('mask' in found) return found.mask
    waits.push(found.retryAfter)
  }
  throw new EditError('model_unavailable', 'no worker has time for masks just now', {
    retryAfter: Math.min(...waits),
  })
}

/**
 * Asks one provider. Only an unreachable host is a fault for the breaker, which runs share: a photo
 * that a segmenter fails on must not stop them.
 *
 * @returns the mask, or when this provider is worth another try
 * @throws EditError the worker's own refusal, `worker_failed`
 */
async function ask(
  { name, host, object }: Provider,
  id: string,
  job: Parameters<NonNullable<Host['findMask']>>[1],
): Promise<{ readonly mask: MaskAnswer } | { readonly retryAfter: number }> {
  const slot = await object.requestMask(name, id)
  if (slot.answer === 'full') return { retryAfter: FULL_RETRY }
  if (slot.answer === 'open')
    return { retryAfter: Math.max(1, Math.ceil((slot.until - Date.now()) / 1000)) }
  const report = await host.findMask?.(id, job)
  if (report === undefined) throw new Error(`${name} finds no masks`)
  await object.releaseMask(id, releaseOf[report.outcome])
  switch (report.outcome) {
    case 'found':
      return { mask: report.mask }
    case 'busy':
      return { retryAfter: report.retryAfter }
    case 'unreachable':
      return { retryAfter: 5 }
    case 'refused':
      throw new EditError(
        report.code,
        report.detail,
        report.pointer === null ? {} : { pointer: report.pointer },
      )
  }
}

const releaseOf = {
  found: 'done',
  refused: 'left',
  busy: 'left',
  unreachable: 'fault',
} as const

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

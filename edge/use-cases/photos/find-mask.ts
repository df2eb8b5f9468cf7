/**
 * The outline of a thing in a stored photo, found by a worker that has a segmenter. Providers are
 * tried in order, those that are full or whose circuit breaker is open are skipped. Stores nothing.
 */

import { EditError } from '../../../shared/errors.ts'
import { decodePngMask } from '../../../shared/files/png.ts'
import type { CreateMask, MaskAnswer, MaskJob } from '../../../shared/mask-request.ts'
import type { MaskReport } from '../../dispatch/host.ts'
import type { Budgets } from '../../memory/budgets.ts'
import { withMaskMemory } from '../../memory/hold-mask.ts'
import type { providerObject } from '../../objects/names.ts'
import type { Release } from '../../rpc/provider.ts'
import type { BlobUrls } from '../../storage/blob-urls.ts'
import type { Tenant } from '../tenant.ts'
import { keyOfStored, notUploaded } from './photo.ts'

const URL_MS = 60_000
/** Seconds after which it is worth asking again. */
const RETRY = { full: 2, unreachable: 5, none: 3600 }

/** A provider whose workers find masks, and the object that gives out its slots. */
export type MaskProvider = {
  readonly name: string
  readonly findMask: (id: string, job: MaskJob) => Promise<MaskReport>
  readonly slots: Pick<ReturnType<typeof providerObject>, 'requestMask' | 'releaseMask'>
}

/** What finding a mask takes, beside the caller's own objects. */
export type MaskServices = {
  /** In the order of preference. */
  readonly providers: readonly MaskProvider[]
  readonly bucket: R2Bucket
  readonly blobs: BlobUrls
  readonly budgets: Budgets
  /** Sees work through to its end, also if the caller leaves before that. */
  readonly outlive: (work: Promise<unknown>) => void
  /** Whether a key may have one more mask now. */
  readonly allow: (key: string) => Promise<boolean>
  readonly clock: () => number
}

/** What is wanted. */
export type MaskRequest = Pick<CreateMask, 'image' | 'points' | 'box' | 'candidates'> & {
  /** Names the request to the worker, and its slot. */
  readonly id: string
  /** PNG of a mask whose outline is to be found; null where points or a box say what is meant. */
  readonly rough: Uint8Array | null
}

/**
 * Finds a mask.
 *
 * @throws EditError `model_unavailable` where no provider can do it now; the worker's own rejection
 */
export async function findMask(
  tenant: Tenant,
  request: MaskRequest,
  services: MaskServices,
): Promise<MaskAnswer> {
  const { id, rough } = request
  // Decoded here, where decompression bombs are guarded against; the worker decodes it again.
  if (rough !== null) {
    const { account } = tenant.caller.credential
    await withMaskMemory(services.budgets.masks, account, rough, () => decodePngMask(rough))
  }
  if (services.providers.length === 0)
    throw new EditError(
      'model_unavailable',
      'no worker with SAM is configured, so masks cannot be found',
      {
        retryAfter: RETRY.none,
      },
    )
  if (!(await services.allow(tenant.caller.credential.id)))
    throw new EditError('rate_limited', 'too many mask requests with this key', { retryAfter: 10 })
  const job = await jobOf(tenant, request, services)
  const waits: number[] = []
  for (const provider of services.providers) {
    // Without it, a caller that leaves would keep the provider's slot until that expires.
    const asked = ask(provider, id, job, services.clock)
    services.outlive(Promise.allSettled([asked]))
    const found = await asked
    if ('mask' in found) return found.mask
    waits.push(found.retryAfter)
  }
  throw new EditError('model_unavailable', 'no worker is free to find masks at the moment', {
    retryAfter: Math.min(...waits),
  })
}

/** @throws EditError `not_found`, `image_missing` */
async function jobOf(
  tenant: Tenant,
  { image, points, box, candidates, rough }: MaskRequest,
  { bucket, blobs, clock }: MaskServices,
): Promise<MaskJob> {
  const key = await keyOfStored(image, tenant)
  if ((await bucket.head(key)) === null) throw notUploaded()
  return {
    points,
    image: await blobs.get(key, clock() + URL_MS, 'worker'),
    box: box ?? null,
    mask: rough === null ? null : base64(rough),
    candidates,
  }
}

/**
 * Asks one provider.
 *
 * @returns the mask, or after how many seconds the provider may be asked again
 * @throws EditError the worker's own rejection, `worker_failed`
 */
async function ask(
  { name, findMask, slots }: MaskProvider,
  id: string,
  job: MaskJob,
  clock: () => number,
): Promise<{ readonly mask: MaskAnswer } | { readonly retryAfter: number }> {
  const slot = await slots.requestMask(name, id)
  if (slot.answer === 'full') return { retryAfter: RETRY.full }
  if (slot.answer === 'open')
    return { retryAfter: Math.max(1, Math.ceil((slot.until - clock()) / 1000)) }
  const report = await findMask(id, job)
  await slots.releaseMask(id, RELEASE[report.outcome])
  switch (report.outcome) {
    case 'found':
      return { mask: report.mask }
    case 'busy':
      return { retryAfter: report.retryAfter }
    case 'unreachable':
      return { retryAfter: RETRY.unreachable }
    case 'rejected': {
      const { code, detail, pointer } = report
      throw new EditError(code, detail, pointer === null ? {} : { pointer })
    }
  }
}

/**
 * Only an unreachable host is a fault: runs share the circuit breaker, and a photo that a segmenter
 * fails on must not stop them.
 */
const RELEASE: Record<MaskReport['outcome'], Release> = {
  found: 'done',
  rejected: 'left',
  busy: 'left',
  unreachable: 'fault',
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

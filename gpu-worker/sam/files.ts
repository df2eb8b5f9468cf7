/** Finds SAM's two graphs in a folder, whatever they are called. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unreadable, unusable } from '../checkpoint/unusable.ts'

/** The names that transformers gives the two, beside which there may be smaller variants. */
const TRANSFORMERS = ['vision_encoder.onnx', 'prompt_encoder_mask_decoder.onnx']

/**
 * The paths of the two ONNX files in a folder, or in its folder `onnx`.
 *
 * @throws EditError `model_unavailable` if there are not two
 */
export async function graphFiles(folder: string): Promise<[string, string]> {
  const names = await readdir(folder).catch((cause) => {
    throw unreadable(folder, cause)
  })
  const place = names.includes('onnx') ? join(folder, 'onnx') : folder
  const graphs = (place === folder ? names : await readdir(place))
    .filter((name) => name.endsWith('.onnx'))
    .sort()
  const known = TRANSFORMERS.filter((name) => graphs.includes(name))
  const [one, other] = known.length === 2 ? known : graphs
  if (one === undefined || other === undefined || (known.length < 2 && graphs.length > 2))
    throw unusable(place, `has ${graphs.length} files *.onnx; SAM is two, an encoder and a decoder`)
  return [join(place, one), join(place, other)]
}

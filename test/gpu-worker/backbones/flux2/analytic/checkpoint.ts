/** A FLUX.2-klein checkpoint folder with the computed transformer and autoencoder, and the golden Qwen3. */

import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type NamedTensor,
  writeSafetensors,
} from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import { autoencoderConfig, autoencoderTensors } from './autoencoder.ts'
import { analyticConfig, analyticTensors } from './transformer.ts'

const golden = fileURLToPath(new URL('../../../../fixtures/golden/klein', import.meta.url))

/** Writes the folder; the caller removes it. */
export async function analyticKlein(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-analytic-klein-'))
  for (const part of ['text_encoder', 'tokenizer', 'scheduler', 'model_index.json'])
    await symlink(join(golden, part), join(folder, part))
  await writeComponent(join(folder, 'transformer'), analyticConfig, analyticTensors())
  await writeComponent(join(folder, 'vae'), autoencoderConfig, autoencoderTensors())
  return folder
}

async function writeComponent(
  folder: string,
  config: object,
  tensors: readonly NamedTensor[],
): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  const bytes = writeSafetensors(tensors)
  await writeFile(join(folder, 'diffusion_pytorch_model.safetensors'), bytes)
}

/** FLUX.2-klein: a checkpoint folder from Hugging Face, with Qwen3 for text. */

import { join } from 'node:path'
import { readJsonFile } from '../../checkpoint/json-file.ts'
import { oneLine, unusable } from '../../checkpoint/unusable.ts'
import type { Family, SizedComponents } from '../family.ts'
import { openAutoencoderIn } from '../parts/autoencoder/single-file.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { estimateMemory } from '../parts/memory.ts'
import { staysLoaded } from '../parts/sessions.ts'
import { flux2Autoencoder } from './autoencoder/component.ts'
import { Flux2Backbone } from './backbone.ts'
import { EmpiricalShift } from './schedule.ts'
import { flux2SelfTest } from './self-test.ts'
import { qwen3Text } from './text/component.ts'
import { Flux2Text, PROMPT_LENGTH } from './text/encoder.ts'
import { flux2Transformer } from './transformer/component.ts'
import { Flux2Config, widthsOf } from './transformer/config.ts'
import { openTransformer } from './transformer/folder.ts'

/** The files of the diffusers pipeline, without the single file of the original release. */
const FILES =
  /^((transformer|vae|text_encoder|tokenizer|scheduler)\/[^/]+|model_index\.json|LICENSE[^/]*|README\.md)$/

const computeOn = (provider: 'cpu' | 'cuda'): ComputeType => (provider === 'cuda' ? 'BF16' : 'F32')

export const flux2 = {
  source: { kind: 'downloaded', files: FILES },
  components: { transformer: flux2Transformer, vae: flux2Autoencoder, text_encoder: qwen3Text },
  memory({ transformer, vae, text_encoder }: SizedComponents, tokens) {
    if (!transformer || !vae || !text_encoder)
      throw new Error('a FLUX.2 checkpoint has three components')
    return estimateMemory({
      transformer: transformer.size,
      autoencoder: vae.size,
      textEncoders: [text_encoder.size],
      width: widthsOf(Flux2Config.parse(transformer.config)).model,
      textTokens: PROMPT_LENGTH,
      tokens,
    })
  },
  async open(folder, options) {
    await checkScheduler(join(folder, 'scheduler', 'scheduler_config.json'))
    const textProvider = options.textProvider ?? options.provider
    const parts = {
      transformer: await openTransformer(folder),
      autoencoder: await openAutoencoderIn(folder),
      compute: computeOn(options.provider),
      text: await Flux2Text.open(folder, {
        provider: textProvider,
        threads: options.threads,
        compute: computeOn(textProvider),
        keepLoaded: staysLoaded(options, 'text'),
      }),
    }
    return Flux2Backbone.open(parts, options)
  },
  selfTest: flux2SelfTest,
} satisfies Family

/** @throws EditError `model_unavailable` if the file is missing or of another kind of schedule */
async function checkScheduler(file: string): Promise<void> {
  const result = EmpiricalShift.safeParse(await readJsonFile(file))
  if (!result.success) throw unusable(file, oneLine(result.error))
}

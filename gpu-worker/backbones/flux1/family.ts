/** FLUX.1-Kontext: a checkpoint folder from Hugging Face, with T5 and CLIP for text. */

import { join } from 'node:path'
import { shiftedSchedule } from '../../sampler/schedule.ts'
import type { Family, SizedComponents } from '../family.ts'
import { autoencoder } from '../parts/autoencoder/component.ts'
import { openAutoencoderIn } from '../parts/autoencoder/single-file.ts'
import { computeOn } from '../parts/emitter.ts'
import { estimateMemory } from '../parts/memory.ts'
import { staysLoaded } from '../parts/sessions.ts'
import { readShift, shiftOf } from '../parts/shift.ts'
import { clipText, t5Encoder } from '../parts/text/components.ts'
import { widthsOf } from '../parts/transformer.ts'
import { openFlux1 } from './backbone.ts'
import { flux1Transformer } from './component.ts'
import { Flux1Config } from './config.ts'
import { openTransformer } from './folder.ts'
import { flux1SelfTest } from './self-test.ts'
import { FluxText, T5_LENGTH } from './text.ts'

/** The files of the diffusers pipeline, without the single file of the original release. */
const FILES =
  /^((transformer|vae|text_encoder|text_encoder_2|tokenizer|tokenizer_2|scheduler)\/[^/]+|model_index\.json|LICENSE[^/]*|README\.md)$/

export const flux1 = {
  source: { kind: 'downloaded', files: FILES },
  components: {
    transformer: flux1Transformer,
    vae: autoencoder,
    text_encoder: clipText,
    text_encoder_2: t5Encoder,
  },
  memory({ transformer, vae, text_encoder, text_encoder_2 }: SizedComponents, tokens) {
    if (!transformer || !vae || !text_encoder || !text_encoder_2)
      throw new Error('a FLUX.1 checkpoint has four components')
    return estimateMemory({
      transformer: transformer.size,
      autoencoder: vae.size,
      textEncoders: [text_encoder.size, text_encoder_2.size],
      width: widthsOf(Flux1Config.parse(transformer.config)).model,
      textTokens: T5_LENGTH,
      tokens,
    })
  },
  async open(folder, options) {
    const shift = await readShift(join(folder, 'scheduler', 'scheduler_config.json'))
    const textProvider = options.textProvider ?? options.provider
    const text = await FluxText.open(folder, {
      provider: textProvider,
      threads: options.threads,
      compute: computeOn(textProvider),
      keepLoaded: staysLoaded(options, 'text'),
    })
    const parts = {
      transformer: await openTransformer(folder),
      autoencoder: await openAutoencoderIn(folder),
      compute: computeOn(options.provider),
      text,
      schedule: (steps: number, tokens: number) => shiftedSchedule(steps, shiftOf(tokens, shift)),
    }
    return openFlux1(parts, options)
  },
  selfTest: flux1SelfTest,
} satisfies Family

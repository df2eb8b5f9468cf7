/** LongCat-Image-Edit: a checkpoint folder from Hugging Face, with Qwen2.5-VL for text and photo. */

import { join } from 'node:path'
import { shiftedSchedule } from '../../sampler/schedule.ts'
import type { Family, SizedComponents } from '../family.ts'
import { PackedBackbone } from '../packed-backbone.ts'
import { autoencoder } from '../parts/autoencoder/component.ts'
import { ScaledConfig } from '../parts/autoencoder/graphs.ts'
import { scaledLatents } from '../parts/autoencoder/packed-latents.ts'
import { openAutoencoderIn } from '../parts/autoencoder/single-file.ts'
import type { Tensors } from '../parts/component.ts'
import { computeOn } from '../parts/emitter.ts'
import { estimateMemory } from '../parts/memory.ts'
import { staysLoaded } from '../parts/sessions.ts'
import { readShift, shiftOf } from '../parts/shift.ts'
import { checkWidths } from '../parts/text/qwen-files.ts'
import { widthsOf } from '../parts/transformer.ts'
import { longcatSelfTest } from './self-test.ts'
import { qwen25VlText } from './text/component.ts'
import { LongcatText } from './text/encoder.ts'
import { PROMPT_LENGTH } from './text/prompt.ts'
import { longcatTransformer } from './transformer/component.ts'
import { LongcatConfig } from './transformer/config.ts'
import { openTransformer } from './transformer/folder.ts'
import { longcatGraph } from './transformer/graph.ts'
import { constantInputs } from './transformer/inputs.ts'
import { longcatTensors } from './transformer/tensors.ts'

/** The files of the diffusers pipeline; ComfyUI's single file is in another repository. */
const FILES =
  /^((transformer|vae|text_encoder|text_processor|tokenizer|scheduler)\/[^/]+|model_index\.json|LICENSE[^/]*|README\.md)$/

/** Most tokens of a photo of a million pixels, whose half has blocks of 28 x 28, with their frame. */
const PICTURE_TOKENS = 360

export const longcat = {
  source: { kind: 'downloaded', files: FILES },
  components: { transformer: longcatTransformer, vae: autoencoder, text_encoder: qwen25VlText },
  memory({ transformer, vae, text_encoder }: SizedComponents, tokens) {
    if (!transformer || !vae || !text_encoder)
      throw new Error('a LongCat-Image checkpoint has three components')
    return estimateMemory({
      transformer: transformer.size,
      autoencoder: vae.size,
      textEncoders: [text_encoder.size],
      width: widthsOf(LongcatConfig.parse(transformer.config)).model,
      textTokens: PROMPT_LENGTH + PICTURE_TOKENS,
      tokens,
    })
  },
  async open(folder, options) {
    const shift = await readShift(join(folder, 'scheduler', 'scheduler_config.json'))
    const transformer = await openTransformer(folder)
    const config = LongcatConfig.parse(transformer.config)
    const compute = computeOn(options.provider)
    const textProvider = options.textProvider ?? options.provider
    const autoencoderParts = await openAutoencoderIn(folder)
    const text = await LongcatText.open(folder, {
      provider: textProvider,
      threads: options.threads,
      compute: computeOn(textProvider),
      keepLoaded: staysLoaded(options, 'text'),
    })
    checkWidths(folder, text.width, config.joint_attention_dim)
    const parts = {
      transformer,
      autoencoder: autoencoderParts,
      latents: scaledLatents(ScaledConfig.parse(autoencoderParts.config)),
      compute,
      text,
      schedule: (steps: number, tokens: number) => shiftedSchedule(steps, shiftOf(tokens, shift)),
      named: longcatTensors,
      graph: (tensors: Tensors, stoppable: boolean) =>
        longcatGraph(config, tensors, compute, { stoppable }),
      constantInputs: (run: Parameters<typeof constantInputs>[1]) => constantInputs(config, run),
    }
    return PackedBackbone.open(parts, options)
  },
  selfTest: longcatSelfTest,
} satisfies Family

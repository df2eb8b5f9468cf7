/** FLUX.2-klein: a checkpoint folder from Hugging Face, with Qwen3 for text. */

import { join } from 'node:path'
import { readJsonFile } from '../../checkpoint/json-file.ts'
import { oneLine, unusable } from '../../checkpoint/unusable.ts'
import type { Family, SizedComponents } from '../family.ts'
import { PackedBackbone } from '../packed-backbone.ts'
import { KlFlux2Config } from '../parts/autoencoder/kl.ts'
import { openAutoencoderIn } from '../parts/autoencoder/single-file.ts'
import type { Tensors } from '../parts/component.ts'
import { computeOn } from '../parts/emitter.ts'
import { estimateMemory } from '../parts/memory.ts'
import { staysLoaded } from '../parts/sessions.ts'
import { checkWidths } from '../parts/text/qwen-files.ts'
import { flux2Autoencoder } from './autoencoder/component.ts'
import { normalisedLatents, statisticsOf } from './autoencoder/latents.ts'
import { EmpiricalShift, flux2Schedule } from './schedule.ts'
import { flux2SelfTest } from './self-test.ts'
import { qwen3Text } from './text/component.ts'
import { Flux2Text, PROMPT_LENGTH } from './text/encoder.ts'
import { flux2Transformer } from './transformer/component.ts'
import { Flux2Config, widthsOf } from './transformer/config.ts'
import { openTransformer } from './transformer/folder.ts'
import { flux2Graph } from './transformer/graph.ts'
import { constantInputs } from './transformer/inputs.ts'
import { flux2Tensors } from './transformer/tensors.ts'

/** The files of the diffusers pipeline, without the single file of the original release. */
const FILES =
  /^((transformer|vae|text_encoder|tokenizer|scheduler)\/[^/]+|model_index\.json|LICENSE[^/]*|README\.md)$/

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
    const transformer = await openTransformer(folder)
    const config = Flux2Config.parse(transformer.config)
    const autoencoder = await openAutoencoderIn(folder)
    const latents = KlFlux2Config.parse(autoencoder.config)
    const statistics = await statisticsOf(latents, autoencoder.tensors, options)
    const compute = computeOn(options.provider)
    const textProvider = options.textProvider ?? options.provider
    const text = await Flux2Text.open(folder, {
      provider: textProvider,
      threads: options.threads,
      compute: computeOn(textProvider),
      keepLoaded: staysLoaded(options, 'text'),
    })
    checkWidths(folder, text.width, config.joint_attention_dim)
    const parts = {
      transformer,
      autoencoder,
      latents: normalisedLatents(latents, statistics),
      compute,
      text,
      schedule: flux2Schedule,
      named: flux2Tensors,
      graph: (tensors: Tensors, stoppable: boolean) =>
        flux2Graph(config, tensors, compute, { stoppable }),
      constantInputs: (run: Parameters<typeof constantInputs>[1]) => constantInputs(config, run),
    }
    return PackedBackbone.open(parts, options)
  },
  selfTest: flux2SelfTest,
} satisfies Family

/** @throws EditError `model_unavailable` if the file is missing or of another kind of schedule */
async function checkScheduler(file: string): Promise<void> {
  const result = EmpiricalShift.safeParse(await readJsonFile(file))
  if (!result.success) throw unusable(file, oneLine(result.error))
}

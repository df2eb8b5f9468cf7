/**
 * The embedded backbones: FLUX.1's code with computed weights, and with their own text and
 * schedule.
 */

import { join } from 'node:path'
import { openComponent } from '../../checkpoint/layout.ts'
import { floats } from '../../onnx/tensor.ts'
import { linearSchedule } from '../../sampler/schedule.ts'
import type { Family, SizedComponents } from '../family.ts'
import { type Flux1Text, openFlux1 } from '../flux1/backbone.ts'
import { flux1Transformer } from '../flux1/component.ts'
import { Flux1Config } from '../flux1/config.ts'
import { flux1SelfTest } from '../flux1/self-test.ts'
import { autoencoder } from '../parts/autoencoder/component.ts'
import { estimateMemory } from '../parts/memory.ts'
import { widthsOf } from '../parts/transformer.ts'
import type { EmbeddedName } from './checkpoint.ts'
import { embeddedFolder } from './folder.ts'
import { TEXT_TOKENS } from './transformer.ts'

/** The family of an embedded backbone. */
export function embedded(name: EmbeddedName) {
  return {
    source: { kind: 'computed', write: (cache) => embeddedFolder(name, cache) },
    components: { transformer: flux1Transformer, vae: autoencoder },
    memory({ transformer, vae }: SizedComponents, tokens) {
      if (!transformer || !vae) throw new Error('an embedded checkpoint has two components')
      return estimateMemory({
        transformer: transformer.size,
        autoencoder: vae.size,
        textEncoders: [],
        width: widthsOf(Flux1Config.parse(transformer.config)).model,
        textTokens: TEXT_TOKENS,
        tokens,
      })
    },
    async open(folder, options) {
      const transformer = await openComponent(join(folder, 'transformer'))
      const parts = {
        transformer,
        autoencoder: await openComponent(join(folder, 'vae')),
        // The computed weights need float32 on every provider.
        compute: 'F32' as const,
        text: sink(Flux1Config.parse(transformer.config)),
        schedule: linearSchedule,
      }
      return openFlux1(parts, options)
    },
    selfTest: flux1SelfTest,
  } satisfies Family
}

/** Zeros for any prompt: the computed weights ignore it. */
function sink(config: Flux1Config): Flux1Text {
  const { joint_attention_dim: joint, pooled_projection_dim: pooled } = config
  return {
    encode: async () => ({
      tokens: floats(new Float32Array(TEXT_TOKENS * joint), TEXT_TOKENS, joint),
      pooled: floats(new Float32Array(pooled), 1, pooled),
    }),
    close: async () => {},
  }
}

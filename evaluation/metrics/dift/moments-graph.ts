/** The encoder of Stable Diffusion's autoencoder, with both moments of its posterior. */

import { type KlConfig, klMoments } from '../../../gpu-worker/backbones/parts/autoencoder/kl.ts'
import type { Tensors } from '../../../gpu-worker/backbones/parts/component.ts'
import { Emitter, TensorRecorder } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'

/** Graph `x` [1, 3, H, W] in [-1, 1] -> `moments` [1, 2 z, h, w]: mean, then log-variance. */
export function momentsGraph(config: KlConfig, tensors: Tensors): Uint8Array {
  const e = new Emitter(new Graph(), renamed(tensors), 'F32')
  const moments = klMoments(e, e.floatInput('x', [1, 3, 'H', 'W']), config)
  e.floatOutput('moments', moments, [1, 2 * config.latent_channels, 'h', 'w'])
  return e.g.finish()
}

/** The names that the released file has for its attention, and today's. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
}

/** Tensors by today's names (diffusers modeling_utils.py, _convert_deprecated_attention_blocks). */
function renamed(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name.replace(
        /^(\w+\.mid_block\.attentions\.0)\.(query|key|value|proj_attn)\./,
        (_, block: string, layer: string) => `${block}.${OLD_NAMES[layer]}.`,
      ),
      tensor,
    ]),
  )
}

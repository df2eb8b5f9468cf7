/** Opens a FLUX.1 transformer. The embedded backbones use it too, with their own text encoding. */

import type { Component } from '../../checkpoint/layout.ts'
import type { OpenOptions } from '../family.ts'
import { PackedBackbone, type PackedParts, type TextEncoder } from '../packed-backbone.ts'
import { ScaledConfig } from '../parts/autoencoder/graphs.ts'
import { scaledLatents } from '../parts/autoencoder/packed-latents.ts'
import { Flux1Config } from './config.ts'
import { constantInputs, type TextConditioning } from './inputs.ts'
import { flux1Tensors } from './tensors.ts'
import { flux1Graph } from './transformer.ts'

/** What differs between the backbones that are FLUX.1. */
export type Flux1Parts = Omit<
  PackedParts<TextConditioning>,
  'named' | 'graph' | 'constantInputs' | 'autoencoder' | 'latents'
> & { readonly autoencoder: Component }

export type Flux1Text = TextEncoder<TextConditioning>

/** @throws EditError `model_unavailable` if a part that stays loaded cannot be loaded */
export function openFlux1(
  parts: Flux1Parts,
  options: OpenOptions,
): Promise<PackedBackbone<TextConditioning>> {
  const { transformer, compute } = parts
  const config = Flux1Config.parse(transformer.config)
  return PackedBackbone.open(
    {
      ...parts,
      latents: scaledLatents(ScaledConfig.parse(parts.autoencoder.config)),
      named: flux1Tensors,
      graph: (tensors, stoppable) => flux1Graph(config, tensors, compute, { stoppable }),
      constantInputs: (run) => constantInputs(config, run, compute),
    },
    options,
  )
}

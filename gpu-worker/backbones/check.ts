/**
 * Holds a checkpoint folder against the graphs it is for: what is missing, what is too much, what
 * has another shape, and how large it is.
 */

import { join } from 'node:path'
import { type Component, openComponent } from '../checkpoint/layout.ts'
import type { ExternalTensor } from '../onnx/graph.ts'
import { elementCount } from '../onnx/tensor.ts'
import { openTransformer } from './flux1/folder.ts'
import { flux1Tensors } from './flux1/tensors.ts'
import { Flux1Config, flux1Graph } from './flux1/transformer.ts'
import { AutoencoderConfig, decoderGraph, encoderGraph } from './parts/autoencoder/graphs.ts'
import { TensorRecorder } from './parts/emitter.ts'
import { ClipConfig, clipGraph, withoutPrefix } from './parts/text/clip.ts'
import { T5Config, t5Graph } from './parts/text/t5.ts'

type Tensors = ReadonlyMap<string, ExternalTensor>

/**
 * Components of a FLUX.1 checkpoint: what a config asks for, and under which names its tensors are
 * looked up.
 */
export const flux1Components = {
  transformer: {
    expect: (config: unknown, recorder: TensorRecorder) =>
      flux1Graph(Flux1Config.parse(config), recorder, 'F32'),
    named: flux1Tensors,
  },
  vae: {
    expect: (config: unknown, recorder: TensorRecorder) => {
      encoderGraph(AutoencoderConfig.parse(config), recorder, 'F32')
      decoderGraph(AutoencoderConfig.parse(config), recorder, 'F32')
    },
    named: (tensors: Tensors) => tensors,
  },
  text_encoder: {
    expect: (config: unknown, recorder: TensorRecorder) =>
      clipGraph(ClipConfig.parse(config), recorder, 'F32'),
    named: (tensors: Tensors) => without(withoutPrefix(tensors), 'embeddings.position_ids'),
  },
  text_encoder_2: {
    expect: (config: unknown, recorder: TensorRecorder) =>
      t5Graph(T5Config.parse(config), recorder, 'F32'),
    // The embedding is stored once or twice, under two names.
    named: (tensors: Tensors) =>
      tensors.has('shared.weight') ? without(tensors, 'encoder.embed_tokens.weight') : tensors,
  },
} as const

export type ComponentName = keyof typeof flux1Components
export const componentNames = Object.keys(flux1Components) as readonly ComponentName[]

function without(tensors: Tensors, name: string): Tensors {
  const rest = new Map(tensors)
  rest.delete(name)
  return rest
}

/** Names and shapes a config needs. */
export function expectedTensors(name: ComponentName, config: unknown): Tensors {
  const recorder = new TensorRecorder()
  flux1Components[name].expect(config, recorder)
  return recorder
}

/** What is wrong with a component, one line a tensor; nothing where it fits. */
export function faultsOf(name: ComponentName, component: Component): string[] {
  const expected = expectedTensors(name, component.config)
  const found = flux1Components[name].named(component.tensors)
  const faults: string[] = []
  for (const [key, { dims }] of expected) {
    const tensor = found.get(key)
    if (tensor === undefined) faults.push(`missing ${key} [${dims}]`)
    else if (String(tensor.dims) !== String(dims))
      faults.push(`shape of ${key} is [${tensor.dims}], should be [${dims}]`)
  }
  for (const key of found.keys()) if (!expected.has(key)) faults.push(`extra ${key}`)
  return faults
}

/** Size of a component. */
export type ComponentSize = {
  readonly parameters: number
  readonly bytes: number
  readonly types: Readonly<Record<string, number>>
}

/** Counts parameters and bytes; `types` has the parameters of each element type. */
export function sizeOf(component: Component): ComponentSize {
  let parameters = 0
  let bytes = 0
  const types: Record<string, number> = {}
  for (const { type, dims, length } of component.tensors.values()) {
    const count = elementCount(dims)
    parameters += count
    bytes += length
    types[type] = (types[type] ?? 0) + count
  }
  return { parameters, bytes, types }
}

/**
 * Bytes an edit of `tokens` target tokens needs, roughly: weights as they are held, and the largest
 * activations at a time.
 *
 * On a CPU weights are mapped from their files and one layer is cast to float32 at a time; on a GPU
 * they are held in bfloat16, the autoencoder in float32, the text encoders only while a prompt is
 * encoded.
 */
export function memoryNeeded(
  sizes: Readonly<Record<ComponentName, ComponentSize>>,
  config: unknown,
  tokens: number,
): { cpu: number; gpu: number } {
  const flux = Flux1Config.parse(config)
  const width = flux.num_attention_heads * flux.attention_head_dim
  // Text, target and reference rows; the widest tensor of a block is [S, 5 D] before its last
  // projection, and a few of [S, D] live with it.
  const rows = 512 + 2 * tokens
  const activations = rows * width * 12
  const autoencoder = sizes.vae.parameters * 4 + tokens * 256 * 128 * 4 * 3
  const held = Object.values(sizes).reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    cpu: Math.round(held + activations * 4 + autoencoder),
    gpu: Math.round(
      sizes.transformer.parameters * 2 +
        Math.max(activations * 2, sizes.text_encoder_2.parameters * 2) +
        autoencoder,
    ),
  }
}

/** Opens the components of a checkpoint folder. */
export async function openFlux1(folder: string): Promise<Record<ComponentName, Component>> {
  const opened = await Promise.all(
    componentNames.map(
      async (name) =>
        [
          name,
          await (name === 'transformer'
            ? openTransformer(folder)
            : openComponent(join(folder, name))),
        ] as const,
    ),
  )
  return Object.fromEntries(opened) as Record<ComponentName, Component>
}

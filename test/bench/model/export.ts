/**
 * Writes what a machine without Node needs to measure a model: its graphs with and without control,
 * whose weights point into a safetensors file beside them, that file's header (`measure.py` fills in
 * the values), all inputs, and the config for diffusers.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { caseOf } from './case.ts'
import type { Model } from './models.ts'
import { type Layout, layoutOf, type StoredType, weightShapes } from './weights.ts'
import { workOf } from './work.ts'

/** Name of the file of weights. */
export const WEIGHTS = 'weights.safetensors'

/**
 * @param shift as for {@link layoutOf}
 * @returns the layout of the file of weights
 */
export async function exportModel(
  model: Model,
  folder: string,
  type: StoredType,
  shift = 0,
): Promise<Layout> {
  await mkdir(folder, { recursive: true })
  const layout = layoutOf(WEIGHTS, weightShapes(model), type, shift)
  const { feeds, diffusers } = caseOf(model, type)
  const inputs = [...prefixed('feed', feeds), ...prefixed('diffusers', diffusers)]
  // The writer has float32 alone; whole numbers below 2^24 are exact in it.
  const integers = inputs.flatMap(([name, { type: own }]) => (own === 'I64' ? [name] : []))
  const about = {
    name: model.name,
    type,
    diffusersClass: model.diffusersClass,
    config: model.config,
    ...workOf(model),
    text: model.textTokens,
    target: model.grid.rows * model.grid.cols,
    dataBytes: layout.dataBytes,
    integers,
  }
  const write = (name: string, data: Uint8Array | string) => writeFile(join(folder, name), data)
  await write('plain.onnx', model.graph(layout.tensors, type, { control: false }))
  await write('control.onnx', model.graph(layout.tensors, type))
  await write('weights.header', layout.header)
  await write('inputs.safetensors', writeSafetensors(inputs.map(asFloats)))
  await write('about.json', `${JSON.stringify(about)}\n`)
  return layout
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): [string, Tensor][] {
  return Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor])
}

function asFloats([name, { dims, data }]: [string, Tensor]) {
  return { name, dims, data: data instanceof Float32Array ? data : Float32Array.from(data, Number) }
}

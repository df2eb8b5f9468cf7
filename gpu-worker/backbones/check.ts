/**
 * Compares a checkpoint folder with its family's graphs: missing and unknown tensors, wrong shapes,
 * and the size. Knows nothing of any single family.
 */

import { join } from 'node:path'
import { type Component, openComponent } from '../checkpoint/layout.ts'
import { elementCount } from '../onnx/tensor.ts'
import type { Family } from './family.ts'
import type { ComponentKind, Tensors } from './parts/component.ts'
import { TensorRecorder } from './parts/emitter.ts'
import type { ComponentSize } from './parts/memory.ts'

/** The names and shapes of the tensors that a config needs. */
export function expectedTensors(kind: ComponentKind, config: unknown): Tensors {
  const recorder = new TensorRecorder()
  kind.expect(config, recorder)
  return recorder
}

/** The faults of a component, one line per tensor; empty if there are none. */
export function faultsOf(kind: ComponentKind, component: Component): string[] {
  const expected = expectedTensors(kind, component.config)
  const found = kind.named(component.tensors)
  const faults: string[] = []
  for (const [key, { dims }] of expected) {
    const tensor = found.get(key)
    if (tensor === undefined) faults.push(`missing ${key} [${dims}]`)
    else if (String(tensor.dims) !== String(dims))
      faults.push(`${key} is [${tensor.dims}], should be [${dims}]`)
  }
  for (const key of found.keys()) if (!expected.has(key)) faults.push(`unknown ${key}`)
  return faults
}

/** Counts parameters and bytes. */
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

/** An opened component with its kind. */
export type OpenedComponent = {
  readonly name: string
  readonly kind: ComponentKind
  readonly component: Component
}

/** Opens all components of a checkpoint folder. @throws Error if one is missing */
export function openComponents(family: Family, folder: string): Promise<OpenedComponent[]> {
  return Promise.all(
    Object.entries(family.components).map(async ([name, kind]) => ({
      name,
      kind,
      component: await (kind.open?.(folder) ?? openComponent(join(folder, name))),
    })),
  )
}

/**
 * Compares a checkpoint folder with its family's graphs: missing and unknown tensors, wrong shapes
 * and types, and the size. Knows nothing of any single family.
 */

import { basename, join } from 'node:path'
import { z } from 'zod'
import { checkFolder } from '../checkpoint/folder.ts'
import { type Component, openComponent } from '../checkpoint/layout.ts'
import { packedFault } from '../checkpoint/packed.ts'
import { typeFault } from '../checkpoint/safetensors.ts'
import { oneLine, unusable } from '../checkpoint/unusable.ts'
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

/**
 * The faults of a component, one line per tensor, those of types first; empty if there are none.
 *
 * @throws EditError `model_unavailable` if its config is not that of its kind
 */
export function faultsOf(kind: ComponentKind, component: Component): string[] {
  checkConfig(kind, component)
  const expected = expectedTensors(kind, component.config)
  const found = kind.named(component.tensors)
  const isUnused = (key: string) => kind.unused?.(key) === true
  const faults = [...component.others]
    .filter(([key]) => !isUnused(key))
    .map(([key, tensor]) => `${typeFault(key, tensor)} (${basename(tensor.file)})`)
  for (const [key, { dims }] of expected) {
    const tensor = found.get(key)
    // One of a type that is not read is reported already.
    if (tensor === undefined && component.others.has(key)) continue
    if (tensor === undefined) faults.push(`missing ${key} [${dims}]`)
    else if (String(tensor.dims) !== String(dims))
      faults.push(`${key} is [${tensor.dims}], should be [${dims}]`)
    else if (tensor.type === 'I64') faults.push(`${key} is I64, should be a float`)
  }
  for (const [key, { type, file }] of found)
    if (!expected.has(key) && !isUnused(key))
      faults.push(`unknown ${key} (${type} in ${basename(file)})`)
  return faults
}

/** Names of tensors that say how others are to be scaled or unpacked. */
const SCALES = /scale|absmax|quant|zero|scb|lora/i
const SHOWN_FAULTS = 3

/**
 * Checks that the components have exactly the tensors of their graphs.
 *
 * @throws EditError `model_unavailable` with the first faults, or with what they all come from
 */
export function checkComponents(folder: string, components: readonly OpenedComponent[]): void {
  const faults = components.flatMap(({ name, kind, component }) =>
    faultsOf(kind, component).map((fault) => `${name}: ${fault}`),
  )
  if (faults.length === 0) return
  for (const { name, kind, component } of components) {
    const others = [...component.others].filter(([key]) => kind.unused?.(key) !== true)
    const packed = others.length > 0 && packedFault(new Map([...component.tensors, ...others]))
    if (packed) throw unusable(folder, `${name}: ${packed}`)
  }
  const more = faults.length - SHOWN_FAULTS
  const scaled = faults.some((fault) => fault.includes('unknown') && SCALES.test(fault))
  throw unusable(
    folder,
    faults.slice(0, SHOWN_FAULTS).join('; ') +
      (more > 0 ? `; and ${more} more` : '') +
      (scaled
        ? '; of scaled weights only float8 with one scale for a tensor or for each row is read: use that, float32, float16 or bfloat16'
        : ''),
  )
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

/**
 * Opens all components of a checkpoint folder.
 *
 * @throws EditError `model_unavailable` if one is missing or broken
 */
export async function openComponents(family: Family, folder: string): Promise<OpenedComponent[]> {
  await checkFolder(folder)
  const opened: OpenedComponent[] = []
  for (const [name, kind] of Object.entries(family.components)) {
    const component = await (kind.open?.(folder) ?? openComponent(join(folder, name)))
    checkConfig(kind, component)
    opened.push({ name, kind, component })
  }
  return opened
}

/** @throws EditError `model_unavailable` if the config lacks a value or has a wrong one */
function checkConfig(kind: ComponentKind, { config, configFile }: Component): void {
  try {
    expectedTensors(kind, config)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw unusable(configFile, oneLine(error))
  }
}

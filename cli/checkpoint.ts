/** Which backbone a checkpoint folder is for: as the user says, or as it looks. */

import { type OpenedComponent, openComponents } from '../gpu-worker/backbones/check.ts'
import type { Family } from '../gpu-worker/backbones/family.ts'
import { families } from '../gpu-worker/backbones/registry.ts'
import { checkFolder } from '../gpu-worker/checkpoint/folder.ts'
import { inpaintingWeights } from '../gpu-worker/inpainting/weights.ts'
import { samWeights } from '../gpu-worker/sam/weights.ts'
import { type BackboneName, backboneNames, backbones } from '../shared/backbones.ts'
import { EditError } from '../shared/errors.ts'

type OpenedCheckpoint = {
  readonly name: BackboneName
  readonly components: readonly OpenedComponent[]
}

/**
 * Opens the components of a checkpoint.
 *
 * @param model undefined for the first backbone with a family that can read them, and of their width
 * @throws EditError `unknown_model`; `model_unavailable` if they cannot be read
 */
export async function openFor(folder: string, model?: string): Promise<OpenedCheckpoint> {
  if (model !== undefined) {
    const name = backboneNamed(model)
    return { name, components: await openComponents(families[name], folder) }
  }
  await checkFolder(folder)
  const kinds = Map.groupBy(backboneNames, (name): Family => families[name])
  const reasons: string[] = []
  for (const [family, [first, ...others]] of kinds) {
    if (first === undefined || family.source.kind === 'computed') continue
    try {
      const components = await openComponents(family, folder)
      const width = widthOf(components)
      const name = [first, ...others].find((one) => backbones[one].channels === width) ?? first
      return { name, components }
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      reasons.push(`for ${first}, ${error.message}`)
    }
  }
  throw new EditError(
    'model_unavailable',
    `no backbone can read ${folder}: ${reasons.join('; ')}; pass the one it is for with --model`,
  )
}

/** Channels of the transformer, by its config. */
export function widthOf(components: readonly OpenedComponent[]): number {
  const config = components.find(({ name }) => name === 'transformer')?.component.config
  const { num_attention_heads: heads = 0, attention_head_dim: head = 0 } = (config ?? {}) as {
    num_attention_heads?: number
    attention_head_dim?: number
  }
  return heads * head
}

/** @throws EditError `unknown_model` */
export function backboneNamed(name: string): BackboneName {
  const backbone = backboneNames.find((one) => one === name)
  if (backbone !== undefined) return backbone
  const known = [...backboneNames, ...Object.keys(samWeights), ...Object.keys(inpaintingWeights)]
  throw new EditError(
    'unknown_model',
    `unknown model ${name}; the known ones are ${known.join(', ')}`,
  )
}

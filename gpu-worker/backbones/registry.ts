/** The family of every backbone. A backbone name without a family does not compile. */

import { basename } from 'node:path'
import type { BackboneName } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'
import { type Component, openComponent } from '../checkpoint/layout.ts'
import { checkComponents, openComponents } from './check.ts'
import { embedded } from './embedded/family.ts'
import type { Family, OpenBackbone, OpenOptions } from './family.ts'
import { flux1 } from './flux1/family.ts'
import { flux2 } from './flux2/family.ts'
import { longcat } from './longcat/family.ts'
import type { RunnableGraph } from './parts/component.ts'

export const families = {
  embedded: embedded('embedded'),
  'embedded-fast': embedded('embedded-fast'),
  'flux1-kontext-dev': flux1,
  'flux2-klein-4b': flux2,
  'flux2-klein-base-4b': flux2,
  'flux2-klein-9b': flux2,
  'flux2-klein-base-9b': flux2,
  'longcat-image-edit': longcat,
  'longcat-image-edit-turbo': longcat,
} satisfies Record<BackboneName, Family>

/** The kinds of components of all families. */
const kinds = Object.values<Family>(families).flatMap(({ components }) => Object.values(components))

/** All graphs of `run-graph`, by name. */
export const graphs: Readonly<Record<string, RunnableGraph>> = Object.fromEntries(
  kinds.flatMap((kind) => Object.entries(kind.graphs)),
)

/**
 * Opens the component of a graph in the component's own folder.
 *
 * @throws EditError `model_unavailable` if it is missing or broken, or does not fit the graph
 */
export async function openGraphComponent(graph: RunnableGraph, folder: string): Promise<Component> {
  const kind = kinds.find(({ graphs }) => Object.values(graphs).includes(graph))
  if (kind === undefined) throw new Error('the graph belongs to no component')
  const component = await openComponent(folder)
  checkComponents(folder, [{ name: basename(folder), kind, component }])
  return component
}

/** The folder of a backbone's checkpoint, and the one for computed checkpoints. */
export type CheckpointLocation = {
  readonly checkpoint?: string | undefined
  readonly cache: string
}

/**
 * Opens a backbone.
 *
 * @throws EditError `model_unavailable` without the backbone's checkpoint, or if it is broken, lacks a
 * tensor or has one that is not used
 */
export async function openBackbone(
  name: BackboneName,
  { checkpoint, cache }: CheckpointLocation,
  options: OpenOptions,
): Promise<OpenBackbone> {
  const { source, open }: Family = families[name]
  const folder = source.kind === 'computed' ? await source.write(cache) : checkpoint
  if (folder === undefined)
    throw new EditError(
      'model_unavailable',
      `no checkpoint of ${name} is configured; pass its folder with --checkpoint or CHECKPOINTS`,
      { pointer: '/model' },
    )
  checkComponents(folder, await openComponents(families[name], folder))
  return open(folder, options)
}

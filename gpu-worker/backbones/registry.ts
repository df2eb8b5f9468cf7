/** Every backbone's family: the one list in the worker. A name without a family does not compile. */

import type { BackboneName } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'
import { embedded } from './embedded/family.ts'
import type { Family, OpenBackbone, OpenOptions } from './family.ts'
import { flux1 } from './flux1/family.ts'
import type { RunnableGraph } from './parts/component.ts'

export const families = {
  embedded: embedded('embedded'),
  'embedded-fast': embedded('embedded-fast'),
  'flux1-kontext-dev': flux1,
} satisfies Record<BackboneName, Family>

/** Every graph that can be run by itself, by its name. */
export const graphs: Readonly<Record<string, RunnableGraph>> = Object.fromEntries(
  Object.values<Family>(families)
    .flatMap(({ components }) => Object.values(components))
    .flatMap((kind) => Object.entries(kind.graphs)),
)

/** Where a backbone's checkpoint is, and where computed ones are kept. */
export type CheckpointLocation = {
  readonly checkpoint?: string | undefined
  readonly cache: string
}

/**
 * Opens a backbone.
 *
 * @throws EditError `model_unavailable` for a backbone whose checkpoint is not here
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
      `there is no checkpoint of ${name} here; name one with --checkpoint`,
      { pointer: '/model' },
    )
  return open(folder, options)
}

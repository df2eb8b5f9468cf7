/** The family of every backbone. A backbone name without a family does not compile. */

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

/** All graphs of `run-graph`, by name. */
export const graphs: Readonly<Record<string, RunnableGraph>> = Object.fromEntries(
  Object.values<Family>(families)
    .flatMap(({ components }) => Object.values(components))
    .flatMap((kind) => Object.entries(kind.graphs)),
)

/** The folder of a backbone's checkpoint, and the one for computed checkpoints. */
export type CheckpointLocation = {
  readonly checkpoint?: string | undefined
  readonly cache: string
}

/**
 * Opens a backbone.
 *
 * @throws EditError `model_unavailable` without the backbone's checkpoint
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
  return open(folder, options)
}

/** Benchmarks by name. Another one is a line here. */

import { basename, resolve } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import type { Benchmark } from '../case.ts'
import { knownTruth } from '../truth/known-truth.ts'
import { drag100 } from './drag100.ts'
import { dragBench, inpaint4Drag, original, regionDrag } from './dragbench.ts'
import { editFiles } from './edit-files.ts'
import { redBench } from './red-bench.ts'
import { sdeDrag } from './sde-drag.ts'

/** How a benchmark is opened. */
export type BenchmarkKind = {
  /** One sentence, for the help. */
  readonly about: string
  /** Whether a folder has to follow `=` in the argument, or may. */
  readonly folder: 'needed' | 'possible' | 'none'
  /** @param folder null without one */
  readonly open: (folder: string | null) => Benchmark
}

/** A benchmark that is read from its folder. */
function inFolder(about: string, open: (folder: string) => Benchmark): BenchmarkKind {
  return { about, folder: 'needed', open: (folder) => open(folder ?? '') }
}

/** A DragBench with the annotations that others have made of its drags. */
function annotated(set: 'dragbench-dr' | 'dragbench-sr'): Readonly<Record<string, BenchmarkKind>> {
  return {
    [`${set}-i4p`]: inFolder(
      `${set} with the object masks of Inpaint4Drag (meta_data_i4p.pkl)`,
      (folder) => dragBench(`${set}-i4p`, folder, inpaint4Drag),
    ),
    [`${set}-region`]: inFolder(
      `${set} with the regions of RegionDrag (meta_data_region.pkl)`,
      (folder) => dragBench(`${set}-region`, folder, regionDrag),
    ),
  }
}

export const benchmarks: Readonly<Record<string, BenchmarkKind>> = {
  'dragbench-dr': inFolder(
    'DragBench of DragDiffusion: category/sample/{original_image.png, meta_data.pkl}',
    (folder) => dragBench('dragbench-dr', folder, original),
  ),
  'dragbench-sr': inFolder(
    'DragBench of SDE-Drag, repacked: sample/{original_image.png, meta_data.pkl}',
    (folder) => dragBench('dragbench-sr', folder, original),
  ),
  'sde-drag': inFolder(
    'the same as published: sample/{origin_image.png, mask.png, prompt.json}',
    (folder) => sdeDrag('sde-drag', folder),
  ),
  ...annotated('dragbench-dr'),
  ...annotated('dragbench-sr'),
  drag100: inFolder('Drag100 of GoodDrag: name/{original.jpg, mask.png, points.json}', (folder) =>
    drag100('drag100', folder),
  ),
  'red-bench': inFolder(
    'ReD Bench of DragFlow: name/{original_image.png, operation.png, instruction.json}',
    (folder) => redBench('red-bench', folder),
  ),
  'known-truth': {
    about:
      'moves, holes, turns and stretches with known results, of our own or a folder’s photographs',
    folder: 'possible',
    open: (folder) => knownTruth(folder === null ? {} : { folder }),
  },
}

/**
 * The benchmark of an argument: `NAME=FOLDER`, `NAME` for one that needs no folder, or a folder of edit
 * files.
 *
 * @throws EditError `invalid_request` for an unknown name, or a folder too many or too few
 */
export function openBenchmark(argument: string): Benchmark {
  const reject = (detail: string) => new EditError('invalid_request', detail, { pointer: '/bench' })
  const cut = argument.indexOf('=')
  const name = cut === -1 ? argument : argument.slice(0, cut)
  const folder = cut === -1 ? null : argument.slice(cut + 1)
  const kind = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
  if (kind === undefined) {
    if (folder === null) return editFiles(basename(resolve(argument)), argument)
    throw reject(
      `${name} is no benchmark; known: ${Object.keys(benchmarks).join(', ')}, and folders of edit files`,
    )
  }
  if (kind.folder === 'none' && folder !== null)
    throw reject(`${name} brings its own cases: leave =${folder} out`)
  if (folder === '' || (kind.folder === 'needed' && folder === null))
    throw reject(`${name} needs its folder: --bench ${name}=FOLDER`)
  return kind.open(folder)
}

/** Benchmarks whose folders each hold a photo, a mask, and the drags as JSON. */

import { join } from 'node:path'
import type { z } from 'zod'
import type { Size } from '../../shared/drag.ts'
import type { Benchmark, CaseMask, EvaluationCase } from '../case.ts'
import { folderBenchmark, type ReadCase } from './cases.ts'
import { foldersWith, readJsonFile, readMaskFile, readPhotoFile } from './files.ts'
import { parsed } from './schema.ts'

export type JsonLayout<T extends z.ZodType> = {
  /** Names of the files. */
  readonly photo: string
  readonly mask: string
  readonly annotation: string
  readonly schema: T
  /** What the mask marks. */
  readonly marks: CaseMask['kind']
  /**
   * @param id the folder's path
   * @throws Error for points that are no drags
   */
  readonly read: (
    annotation: z.infer<T>,
    size: Size,
    id: string,
  ) => Pick<EvaluationCase, 'category' | 'drags' | 'prompt'>
}

export function jsonFolders<T extends z.ZodType>(
  name: string,
  root: string,
  layout: JsonLayout<T>,
): Benchmark {
  return folderBenchmark(
    name,
    () => foldersWith(root, [layout.photo, layout.annotation]),
    (id) => readCase(join(root, id), id, layout),
  )
}

async function readCase<T extends z.ZodType>(
  folder: string,
  id: string,
  { photo: photoName, mask: maskName, annotation, schema, marks, read }: JsonLayout<T>,
): Promise<ReadCase> {
  const { photo, size } = await readPhotoFile(join(folder, photoName))
  const json = await readJsonFile(join(folder, annotation))
  const said = read(parsed(schema, json, annotation), size, id)
  const mask = await readMaskFile(join(folder, maskName), size)
  return { ...said, photo, size, scored: said.drags, mask: { kind: marks, mask } }
}

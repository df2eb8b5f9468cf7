/** Turns folders into cases, one after another. A folder that cannot be read becomes a fault. */

import type { Benchmark, CaseFault, EvaluationCase } from '../case.ts'

/** What a folder holds, without its id. */
export type ReadCase = Omit<EvaluationCase, 'id'>

/**
 * @param list the ids, which are paths of folders
 * @param read reads one. @throws Error whose message says what is wrong with it
 */
export function folderBenchmark(
  name: string,
  list: () => Promise<readonly string[]>,
  read: (id: string) => Promise<ReadCase>,
): Benchmark {
  return {
    name,
    async *read(): AsyncGenerator<EvaluationCase | CaseFault> {
      for (const id of await list())
        yield await read(id).then(
          (one) => ({ id, ...one }),
          (error: Error) => ({ id, fault: error.message }),
        )
    },
  }
}

/** The first part of a path with several; null for a path with one. */
export function categoryOf(id: string): string | null {
  const parts = id.split('/')
  return parts.length > 1 ? (parts[0] as string) : null
}

/** The name without its number: `art` of `art_0`. */
export function stemOf(id: string): string | null {
  return /^(?:.*\/)?([^/]*?)_\d+[^/]*$/.exec(id)?.[1] ?? null
}

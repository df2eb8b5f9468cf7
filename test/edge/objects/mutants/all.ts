/** All guards that `mutate.ts` removes, by name. */

import { batchMutants } from './batches.ts'
import { consoleMutants } from './console.ts'
import { createMutants } from './creates.ts'
import { editMutants } from './edits.ts'
import { historyMutants } from './histories.ts'
import { keyMutants } from './keys.ts'
import { moneyMutants } from './money.ts'
import type { Mutants, Mutation } from './mutant.ts'
import { paymentMutants } from './payments/payments.ts'
import { regionMutants } from './regions.ts'
import { retentionMutants } from './retention.ts'

export const mutants: Mutants = {
  ...keyMutants,
  ...consoleMutants,
  ...moneyMutants,
  ...paymentMutants,
  ...createMutants,
  ...batchMutants,
  ...editMutants,
  ...retentionMutants,
  ...regionMutants,
  ...historyMutants,
}

const name = process.env.MUTANT
const mutant = name === undefined ? undefined : mutants[name]
if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${name}`)
const removed: readonly Mutation[] = mutant === undefined ? [] : [mutant, mutant.also ?? []].flat()

/** True for a file from which MUTANT takes a guard away. @param path of the file, or its URL */
export function isMutated(path: string): boolean {
  return removed.some(({ file }) => path.endsWith(file))
}

/** The text of a file without the guard. @throws Error where the guard is no longer there */
export function mutated(path: string, source: string): string {
  return removed
    .filter(({ file }) => path.endsWith(file))
    .reduce((text, { file, from, to }) => {
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
      return text.replace(from, () => to)
    }, source)
}

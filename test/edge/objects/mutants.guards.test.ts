/** The list of guards is true of the code; that each is found, `mutate.ts` says. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants } from './mutants/all.ts'

const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test.each(Object.entries(mutants))('the guard is there, and its test: %s', (_, mutant) => {
  for (const { file, from } of [mutant, mutant.also ?? []].flat())
    expect(text(file)).toContain(from)
  const { file, test: name } = mutant.by
  if (name !== '') expect(text(file)).toContain(name)
})

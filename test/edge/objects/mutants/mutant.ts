/** Guards and how they are removed, one at a time. */

/** A file, the text in it, and what it becomes. */
export type Mutation = { readonly file: string; readonly from: string; readonly to: string }

/** A guard without which a test must fail. */
export type Mutant = Mutation & {
  /** A second guard, where either of two is enough. */
  readonly also?: Mutation
  /** The test that must find it: its project, its file, and what its name begins with. */
  readonly by: { readonly project: string; readonly file: string; readonly test: string }
}

export type Mutants = Readonly<Record<string, Mutant>>

/** Mutants of one file that tests of one file find. */
export function mutantsOf(
  project: Mutant['by']['project'],
  testFile: string,
  lines: readonly (readonly [name: string, file: string, from: string, to: string, test: string])[],
): Mutants {
  return Object.fromEntries(
    lines.map(([name, file, from, to, test]) => [
      name,
      { file: `edge/${file}.ts`, from, to, by: { project, file: `test/edge/${testFile}`, test } },
    ]),
  )
}

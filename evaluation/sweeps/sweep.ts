/** A sweep: engines with settings to compare, such as a table of the paper. */

/** One engine of a sweep. */
export type SweepEntry = {
  /** A model, `inversion:` with a model, or a peer. */
  readonly engine: string
  /** Options of an edit, besides those of the caller. */
  readonly settings: Readonly<Record<string, unknown>>
  /** As in the paper's table, or what is switched. */
  readonly label: string
}

export type Sweep = {
  /** One sentence, for the help and the report. */
  readonly about: string
  /** @param model the one that is varied; sweeps over models have their own */
  readonly entries: (model: string) => readonly SweepEntry[]
}

/** A sweep: engines with settings to compare, such as a table of the paper. */

/** Mean distance, image fidelity, concept preservation, prompt following and the mean of their products. */
export type PaperRow = {
  readonly md?: number
  readonly if?: number
  readonly cp?: number
  readonly pf?: number
  readonly cpPf?: number
  /** Of Table VIII, on an A6000 at 1024 x 1024. */
  readonly seconds?: number
}

/** One engine of a sweep. */
export type SweepEntry = {
  /** A model or a peer. */
  readonly engine: string
  /** Options of an edit, besides those of the caller. */
  readonly settings: Readonly<Record<string, unknown>>
  /** As in the paper's table, or what is switched. */
  readonly label: string
  /** What the paper reports of it; absent where it has no such row. */
  readonly paper?: PaperRow
}

export type Sweep = {
  /** One sentence, for the help and the report. */
  readonly about: string
  /** @param model the one that is varied; sweeps over models have their own */
  readonly entries: (model: string) => readonly SweepEntry[]
}

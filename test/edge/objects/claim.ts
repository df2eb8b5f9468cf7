/** Something that has to be true of a history. */
export function claim(truth: boolean, what: string): void {
  if (!truth) throw new Error(`not true: ${what}`)
}

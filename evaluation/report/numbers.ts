/** Numbers as a report shows them. */

/** Digits that matter, as many behind the point as the largest of a column needs. */
export function shown(value: number | null, column: readonly (number | null)[] = [value]): string {
  if (value === null || !Number.isFinite(value)) return '–'
  const size = Math.max(...column.map((one) => Math.abs(one ?? 0)))
  if (size === 0) return '0'
  if (size < 0.001) return value === 0 ? '0' : value.toExponential(1)
  const behind = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
  return value.toFixed(behind)
}

/** Milliseconds, as people say them. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`
}

/** A number with its noun: `1 case`, `2 cases`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

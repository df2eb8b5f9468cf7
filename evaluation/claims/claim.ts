/** Something that the project says of its pictures, and what a measurement gave. */

export type Claim = {
  readonly says: string
  /** Figures, in words. */
  readonly measured: string
  readonly holds: boolean
}

/** That a value is at most so much. */
export function atMost(says: string, value: number, most: number): Claim {
  return { says, measured: `${shown(value)}, at most ${shown(most)}`, holds: value <= most }
}

/** That a value is at least so much. */
export function atLeast(says: string, value: number, least: number): Claim {
  return { says, measured: `${shown(value)}, at least ${shown(least)}`, holds: value >= least }
}

/** The middle one, or the higher of two. @throws Error without values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('there is no median of nothing')
  return middle
}

/** The lines of a report, those that do not hold with a mark. */
export function listed(claims: readonly Claim[]): string {
  return claims
    .map(({ says, measured, holds }) => `${holds ? 'holds ' : 'FAILS '} ${says}: ${measured}`)
    .join('\n')
}

function shown(value: number): string {
  return value.toFixed(3)
}

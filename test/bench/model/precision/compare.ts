/** How figures of runs are compared. */

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

/** Relative L2 error. */
export function relativeL2(got: Float32Array, wanted: Float32Array): number {
  let difference = 0
  let size = 0
  for (let i = 0; i < wanted.length; i++) {
    difference += ((got[i] as number) - (wanted[i] as number)) ** 2
    size += (wanted[i] as number) ** 2
  }
  return Math.sqrt(difference / size)
}

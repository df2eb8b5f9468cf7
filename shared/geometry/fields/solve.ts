/** Systems of linear equations. */

/**
 * Solves `matrix * x = right` for every column of `right`, by elimination with row pivots. Both are lists of
 * rows and are overwritten; `right` becomes the solution. A column that depends on others gets 0.
 */
export function solve(matrix: readonly Float64Array[], right: readonly Float64Array[]): void {
  const rows = [...matrix]
  const sides = [...right]
  const count = rows.length
  const pivots = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    let best = k
    for (let i = k + 1; i < count; i++)
      if (Math.abs(rows[i]![k]!) > Math.abs(rows[best]![k]!)) best = i
    for (const list of [rows, sides]) {
      const other = list[best]!
      list[best] = list[k]!
      list[k] = other
    }
    const pivot = rows[k]![k]!
    pivots[k] = pivot
    if (Math.abs(pivot) < TINY) continue
    for (let i = 0; i < count; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / pivot
      if (factor === 0) continue
      for (let j = k; j < count; j++) rows[i]![j] = rows[i]![j]! - factor * rows[k]![j]!
      const [into, from] = [sides[i]!, sides[k]!]
      for (let j = 0; j < into.length; j++) into[j] = into[j]! - factor * from[j]!
    }
  }
  const solution = sides.map((side, k) =>
    side.map((value) => (Math.abs(pivots[k]!) < TINY ? 0 : value / pivots[k]!)),
  )
  right.forEach((row, k) => {
    row.set(solution[k]!)
  })
}

const TINY = 1e-12

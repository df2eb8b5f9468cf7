/** Rounding as numpy and PyTorch do it. */

/** The nearest whole number; of two, the even one. */
export function halfToEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** 0 up to `from`, 1 from `to` on, smooth in between; the other way round where `to` is less. */
export function rising(value: number, from: number, to: number): number {
  const t = Math.max(0, Math.min(1, (value - from) / (to - from)))
  return t * t * (3 - 2 * t)
}

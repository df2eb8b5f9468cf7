/** The arrow keys, as steps to the right and down. */
export const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
/** Pixels per key press; Shift is for the less usual one. */
export const SMALL_STEP = 1
export const LARGE_STEP = 10

/** The sides of the photo's frame that cut a thing. */

/** A side of the frame in a thing's rectangle: flat indices of its first pixel, and the steps along it and inwards. */
export type Side = {
  readonly first: number
  readonly along: number
  readonly count: number
  readonly inwards: number
  readonly depth: number
}

/** Cuts the pixels of a band at an outline by evidence, along the edges of the picture. */

import type { LabImage } from './lab.ts'
import { FlowGraph } from './max-flow.ts'

export type BandCut = {
  readonly image: LabImage
  /** 1 for the thing, by pixel; outside the band it stays. */
  readonly inside: Uint8Array
  /** 1 for the pixels that are cut. */
  readonly band: Uint8Array
  /** By pixel of the band: positive if it looks like the thing. */
  readonly evidence: (at: number) => number
  /** Cost of an outline between two pixels of the same colour. */
  readonly smoothness: number
  /** Difference of colour at which that cost has fallen to 0.6 of it, in Lab. */
  readonly contrast: number
  /** Factor of that cost where the outline already is: below 1 it stays if colours say nothing. */
  readonly stay: number
}

/** 1 for the thing, by pixel. */
export function cutBand({
  image,
  inside,
  band,
  evidence,
  smoothness,
  contrast,
  stay,
}: BandCut): Uint8Array {
  const { width, l, a, b } = image
  const node = new Int32Array(band.length).fill(-1)
  const pixels: number[] = []
  for (let at = 0; at < band.length; at++) if (band[at] === 1) node[at] = pixels.push(at) - 1
  const flow = new FlowGraph(pixels.length, 2 * pixels.length)
  const beside = (i: number, at: number, to: number) => {
    const step = (l[at]! - l[to]!) ** 2 + (a[at]! - a[to]!) ** 2 + (b[at]! - b[to]!) ** 2
    const moved = inside[at] === inside[to] ? 1 : stay
    const weight = moved * smoothness * Math.exp(-step / (2 * contrast * contrast))
    const other = node[to]!
    if (other > i) flow.addEdge(i, other, weight)
    else if (other === -1)
      flow.addTerminal(i, inside[to] === 1 ? weight : 0, inside[to] === 1 ? 0 : weight)
  }
  pixels.forEach((at, i) => {
    const own = evidence(at)
    flow.addTerminal(i, Math.max(0, own), Math.max(0, -own))
    const x = at % width
    if (x > 0) beside(i, at, at - 1)
    if (x + 1 < width) beside(i, at, at + 1)
    if (at >= width) beside(i, at, at - width)
    if (at + width < band.length) beside(i, at, at + width)
  })
  const cut = flow.cut()
  const out = inside.slice()
  pixels.forEach((at, i) => {
    out[at] = cut[i]!
  })
  return out
}

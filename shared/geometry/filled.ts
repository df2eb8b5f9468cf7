/** Fills the holes of a mask, as Inpaint4Drag does when it draws its outer outlines. */

import { type Mask, maskOfThing, thingNumbers } from '../mask.ts'

/**
 * The mask with every black pixel white that no path of black pixels, along rows and columns, joins to the border.
 * Of a mask of things, the holes of each are filled.
 */
export function filled(mask: Mask): Mask {
  if (mask.things === undefined) return withoutHoles(mask)
  const things = mask.things.slice()
  for (const number of thingNumbers(mask)) {
    const whole = withoutHoles(maskOfThing(mask, number)).data
    for (let at = 0; at < things.length; at++)
      if (things[at] === 0 && whole[at] === 1) things[at] = number
  }
  return { ...mask, data: things.map((number) => Math.min(1, number)), things }
}

function withoutHoles({ width, height, data }: Mask): Mask {
  const out = new Uint8Array(data.length).fill(1)
  const open: number[] = []
  const visit = (at: number) => {
    if (data[at] === 1 || out[at] === 0) return
    out[at] = 0
    open.push(at)
  }
  for (let x = 0; x < width; x++) {
    visit(x)
    visit((height - 1) * width + x)
  }
  for (let y = 0; y < height; y++) {
    visit(y * width)
    visit(y * width + width - 1)
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const x = at % width
    if (x > 0) visit(at - 1)
    if (x + 1 < width) visit(at + 1)
    if (at >= width) visit(at - width)
    if (at + width < data.length) visit(at + width)
  }
  return { width, height, data: out }
}

/** Twigs and hairs of a disc, which go with it. */

import { expect, test } from 'vitest'
import { SHADED } from '../../../../shared/instant/beside/aura.ts'
import type { Flagged } from '../../../../shared/instant/beside/in-small.ts'
import { wispsOf } from '../../../../shared/instant/beside/wisps.ts'
import { withWisps } from '../../../../shared/instant/beside/with-wisps.ts'
import { cutOut } from '../../../../shared/instant/cut-out.ts'
import { editInstantly } from '../../../../shared/instant/instant.ts'
import { dragOf } from '../../../fixtures/drawing.ts'

const SIZE = { width: 320, height: 240 }
const [CX, CY, RADIUS] = [120, 120, 40]
const BOX = { left: CX - RADIUS, top: CY - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS }
type On = (x: number, y: number) => boolean
type Grey = (x: number, y: number) => number

const never: On = () => false
const disc: On = (x, y) => Math.hypot(x + 0.5 - CX, y + 0.5 - CY) < RADIUS
/** Lines of two pixels from the disc to the right, about 16 pixels long. */
const twigs: On = (x, y) => !disc(x, y) && x >= 150 && x < 176 && y >= 90 && y < 150 && y % 10 < 2
/** Light that changes slowly. */
const ground: Grey = (x, y) => 170 + x / 8 + y / 16
const [THING, TWIG] = [40, 40]

const photoOf = (grey: Grey) => {
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  for (let at = 0; at < SIZE.width * SIZE.height; at++) {
    const level = grey(at % SIZE.width, Math.floor(at / SIZE.width))
    data.set([level, level, level, 255], 4 * at)
  }
  return { ...SIZE, data }
}
const scene = (behind: Grey, on: On = twigs, level = TWIG) =>
  photoOf((x, y) => (disc(x, y) ? THING : on(x, y) ? level : behind(x, y)))

const flagsOf = (on: On, { left, top, width, height } = { left: 0, top: 0, ...SIZE }) =>
  Uint8Array.from({ length: width * height }, (_, at) =>
    on(left + (at % width), top + Math.floor(at / width)) ? 1 : 0,
  )
/** No soft shadow. */
const noAura: Flagged = {
  left: 0,
  top: 0,
  ...SIZE,
  flags: new Uint8Array(SIZE.width * SIZE.height),
}
const outline = () => {
  const part = { left: 70, top: 70, width: 100, height: 100 }
  return { ...part, inside: flagsOf(disc, part) }
}

/** How much is shown of a pixel, and in which grey, where a cut-out has these wisps. */
function cut(photo: ReturnType<typeof scene>, on: On, not: On = never) {
  const wisps = { left: 0, top: 0, ...SIZE, flags: flagsOf(on), others: flagsOf(not) }
  const { left, top, width, alpha, rgba } = withWisps(photo, cutOut(photo, outline()), wisps)
  return (x: number, y: number) => {
    const at = (y - top) * width + x - left
    return { alpha: alpha[at] ?? 0, grey: rgba[4 * at] ?? 0 }
  }
}
const around =
  (on: On, by: number): On =>
  (x, y) => {
    for (let v = -by; v <= by; v++)
      for (let u = -by; u <= by; u++) if (on(x + u, y + v)) return true
    return false
  }
const wide: On = (x, y) => !disc(x, y) && around(twigs, 2)(x, y)

test('a twig of the thing’s colour is shown in full, and nothing of the ground beside it', () => {
  const at = cut(scene(ground), wide)
  for (let x = 166; x < 176; x++) {
    for (const y of [120, 121]) {
      expect(at(x, y).alpha).toBeGreaterThan(0.9)
      expect(Math.abs(at(x, y).grey - TWIG)).toBeLessThan(12)
    }
    for (const y of [118, 119, 122, 123]) expect(at(x, y).alpha).toBeLessThan(0.02)
  }
})

test('over its own ground it looks as before, be it lighter than that or darker', () => {
  // The ground is 199 there, the thing 40. By hand: what is darker is a mix of them, in which squared distances below 900
  // count little; what is lighter has another colour, at most 255.
  for (const [level, share] of [
    [255, 1],
    [225, 26 / 56],
    [215, 16 / 56],
    [150, (159 * 49) / (159 ** 2 + 300)],
    [90, (159 * 109) / (159 ** 2 + 300)],
  ] as const) {
    const { alpha, grey } = cut(scene(ground, twigs, level), wide)(170, 120)
    expect(Math.abs(alpha - share)).toBeLessThan(0.04)
    expect(Math.abs(alpha * grey + (1 - alpha) * ground(170, 120) - level)).toBeLessThan(2)
  }
})

test('rough ground beside a thing stays where it is', () => {
  const rough: Grey = (x, y) => ground(x, y) + 24 * (((7 * x + 3 * y) % 5) - 2)
  const some: On = (x, y) => !disc(x, y) && x >= 150 && x < 176 && y >= 90 && y < 150
  const at = cut(scene(rough, never), some)
  for (let y = 90; y < 150; y++)
    for (let x = 166; x < 176; x++) expect(at(x, y).alpha).toBeLessThan(0.1)
})

test('where less of a twig was found than there is, it fades', () => {
  const rest: On = (x, y) => wide(x, y) && x >= 171
  const at = cut(scene(ground), (x, y) => wide(x, y) && !rest(x, y), rest)
  expect(at(167, 120).alpha).toBeGreaterThan(0.9)
  expect(at(170, 120).alpha).toBeLessThan(0.3)
  expect(at(169, 120).alpha).toBeGreaterThan(at(170, 120).alpha + 0.1)
})

test('what does not hang together with the thing is dropped', () => {
  const crumb: On = (x, y) => x >= 180 && x < 184 && y >= 110 && y < 114
  const photo = scene(ground, (x, y) => crumb(x, y) || twigs(x, y))
  const at = cut(photo, (x, y) => wide(x, y) || around(crumb, 2)(x, y))
  expect(at(182, 112).alpha).toBe(0)
  expect(at(172, 120).alpha).toBeGreaterThan(0.9)
})

test('without any, the cut-out is the same', () => {
  const photo = scene(ground)
  const before = cutOut(photo, outline())
  expect(withWisps(photo, before, null)).toBe(before)
})

/** Where wisps of the disc may be. */
function found(photo: ReturnType<typeof scene>, { aura = noAura, stays = never } = {}): On {
  const inside = flagsOf(disc)
  const outline = { left: 0, top: 0, ...SIZE, inside }
  const wisps = wispsOf(photo, { inside, box: BOX, stays }, outline, aura)
  if (wisps === null) return never
  const { left, top, width, height, flags } = wisps
  return (x, y) =>
    x >= left &&
    y >= top &&
    x < left + width &&
    y < top + height &&
    flags[(y - top) * width + x - left] === 1
}

test('gaps between twigs are theirs, but not other things, or a soft shadow', () => {
  // Three lines with four pixels between them.
  const comb: On = (x, y) => !disc(x, y) && x >= 150 && x < 176 && y >= 114 && y < 128 && y % 6 < 2
  const photo = scene(ground, comb)
  const on = found(photo)
  for (let x = 164; x < 172; x++) for (let y = 114; y < 122; y++) expect(on(x, y)).toBe(true)
  const aside = found(photo, { stays: (x, y) => x >= 166 && y === 117 })
  expect(aside(170, 117)).toBe(false)
  expect(aside(170, 118)).toBe(true)
  const shadow = { ...noAura, flags: flagsOf((x) => x >= 160).map((flag) => SHADED * flag) }
  expect(found(photo, { aura: shadow })(170, 120)).toBe(false)
  expect(found(scene(ground, never))).toBe(never)
})

test('the border of a thing beside a twig is looked at, too, but not another thing there', () => {
  const one: On = (x, y) => !disc(x, y) && x >= 150 && x < 176 && y >= 119 && y < 122
  const photo = scene(ground, one)
  expect(found(photo)(160, 128)).toBe(true)
  expect(found(photo)(160, 150)).toBe(false)
  expect(found(photo, { stays: (_, y) => y > 124 })(160, 128)).toBe(false)
})

test('what is left of a thing goes with it beside a twig, and is no ground', () => {
  // The mask of the thing has a strip of four pixels more than its outline.
  const strip: On = (x, y) => !disc(x, y) && around(disc, 4)(x, y) && x > CX
  const one: On = (x, y) => !disc(x, y) && x >= 150 && x < 176 && y >= 119 && y < 122
  const photo = scene(ground, (x, y) => strip(x, y) || one(x, y))
  const inside = flagsOf((x, y) => disc(x, y) || strip(x, y))
  const end = { left: 0, top: 0, ...SIZE, inside: flagsOf(disc) }
  const wisps = wispsOf(photo, { inside, box: BOX, stays: never }, end, noAura)
  if (wisps === null) throw new Error('there is a twig')
  const at = (x: number, y: number) => (y - wisps.top) * wisps.width + x - wisps.left
  expect(wisps.flags[at(162, 126)]).toBe(1)
  expect(wisps.others[at(162, 126)]).toBe(1)
  expect(wisps.flags[at(150, 120)]).toBe(0)
})

test('other things tell nothing about the ground', () => {
  const post: On = (x, y) => x >= 179 && y < 140
  const photo = photoOf((x, y) => (disc(x, y) || twigs(x, y) ? THING : post(x, y) ? 0 : 200))
  expect(cut(photo, wide, post)(172, 120).alpha).toBeGreaterThan(0.9)
  const alone = photoOf((x, y) => (disc(x, y) || twigs(x, y) ? THING : 200))
  const at = cut(alone, wide, (x, y) => !disc(x, y) && !twigs(x, y))
  // Where there is no ground at all, nothing is taken along.
  expect(at(172, 120).alpha).toBe(0)
})

/** Moves what a mask marks. @returns the greys of the result */
function edit(photo: ReturnType<typeof scene>, masked: On, dx: number, dy = 0, from = [CX, CY]) {
  const [x = 0, y = 0] = from
  const out = editInstantly(photo, {
    drags: [dragOf(x, y, x + dx, y + dy)],
    mask: { ...SIZE, data: flagsOf(masked) },
    geometry: { scope: 'component', field: 'inverse-distance', power: 2 },
    seed: 1,
    within: null,
    fixed: null,
    affects: null,
    shadows: 'keep',
  })
  return (u: number, v: number) => out[4 * (v * SIZE.width + u)] ?? 0
}

test('an edit moves them: they are there, and nothing is left of them', () => {
  const grey = edit(scene(ground), disc, 100)
  for (let x = 168; x < 174; x++) {
    expect(Math.abs(grey(x + 100, 120) - TWIG)).toBeLessThan(16)
    // Between twigs, and where they were.
    expect(Math.abs(grey(x + 100, 125) - ground(x + 100, 125))).toBeLessThan(4)
    expect(Math.abs(grey(x, 100) - ground(x, 100))).toBeLessThan(8)
  }
})

test('a short way leaves no second twig', () => {
  const grey = edit(scene(ground), disc, 0, 5)
  for (let x = 166; x < 172; x++) {
    expect(grey(x, 125)).toBeLessThan(70)
    for (const y of [119, 120, 121, 122]) expect(grey(x, y)).toBeGreaterThan(170)
  }
})

test('half a pixel brings no ground along', () => {
  // A long hair, from light ground to dark ground.
  const hair: On = (x, y) => !disc(x, y) && x >= 150 && x < 210 && (y === 120 || y === 121)
  const isDark: On = (x) => x >= 235
  const photo = photoOf((x, y) => {
    if (disc(x, y) || hair(x, y)) return THING
    return isDark(x, y) ? THING : 220
  })
  const grey = edit(photo, disc, 90, 0.5)
  for (let x = 270; x < 290; x++)
    for (let y = 115; y < 127; y++) expect(Math.abs(grey(x, y) - THING)).toBeLessThan(12)
})

test('a thing of two pixels with twigs lands whole', () => {
  const rope: On = (x, y) => x >= 100 && x < 102 && y >= 60 && y < 180
  const thorns: On = (x, y) => x >= 102 && x < 112 && y >= 70 && y < 170 && y % 20 < 2
  const photo = photoOf((x, y) => (rope(x, y) || thorns(x, y) ? THING : 210))
  const grey = edit(photo, rope, 100, 0, [101, 120])
  for (let y = 64; y < 176; y++) expect(grey(200, y)).toBeLessThan(70)
  for (const y of [80, 100, 120]) expect(grey(207, y)).toBeLessThan(90)
})

test('a twig that goes on to the frame is drawn up to where it stays', () => {
  const [left, top] = [SIZE.width - 24, 100]
  const on: On = (x, y) => x >= left - 60 && x < left && y >= top && y < top + 40
  const twig: On = (x, y) => x >= left && x < SIZE.width - 2 && (y === 120 || y === 121)
  const photo = photoOf((x, y) => (on(x, y) || twig(x, y) ? THING : 210))
  const thing = { inside: flagsOf(on), box: { left: left - 60, top, width: 60, height: 40 } }
  const end = { left: 0, top: 0, ...SIZE, inside: thing.inside }
  const wisps = wispsOf(photo, { ...thing, stays: never }, end, noAura)
  if (wisps === null) throw new Error('there is a twig')
  const flag = (x: number) => wisps.flags[(120 - wisps.top) * wisps.width + x - wisps.left]
  expect(flag(SIZE.width - 6)).toBe(1)
  expect(flag(SIZE.width - 4)).toBe(0)
  const part = { left: left - 70, top: 80, width: 90, height: 80 }
  const own = cutOut(photo, { ...part, inside: flagsOf(on, part) })
  const whole = withWisps(photo, own, wisps)
  const alpha = (x: number) => whole.alpha[(120 - whole.top) * whole.width + x - whole.left] ?? 0
  for (let x = left + 2; x < SIZE.width - 7; x++) expect(alpha(x)).toBeGreaterThan(0.9)
})

test('a photo of four megapixels has the same as one of one', () => {
  const [width, height] = [2000, 2000]
  const [cx, cy, radius] = [1000, 1000, 80]
  const round: On = (x, y) => Math.hypot(x + 0.5 - cx, y + 0.5 - cy) < radius
  const twig: On = (x, y) => x >= cx + radius - 4 && x < cx + radius + 32 && y >= cy && y < cy + 4
  const data = new Uint8ClampedArray(4 * width * height)
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    data.fill(round(x, y) || twig(x, y) ? THING : 205, 4 * at, 4 * at + 3)
    data[4 * at + 3] = 255
  }
  const box = { left: cx - 120, top: cy - 120, width: 260, height: 240 }
  const photo = { width, height, data }
  const spot: On = (x, y) => !round(x, y) && around(twig, 4)(x, y)
  const flags = { flags: flagsOf(spot, box), others: new Uint8Array(box.width * box.height) }
  const own = cutOut(photo, { ...box, inside: flagsOf(round, box) })
  const { left, top, ...whole } = withWisps(photo, own, { ...box, ...flags })
  for (let x = cx + radius + 8; x < cx + radius + 28; x++) {
    for (const y of [cy + 1, cy + 2])
      expect(whole.alpha[(y - top) * whole.width + x - left]).toBeGreaterThan(0.9)
    for (const y of [cy - 3, cy + 6])
      expect(whole.alpha[(y - top) * whole.width + x - left]).toBeLessThan(0.02)
  }
})

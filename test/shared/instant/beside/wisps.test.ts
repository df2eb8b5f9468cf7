/** Twigs and hairs of a disc, which go with it. */

import { expect, test } from 'vitest'
import { SHADED } from '../../../../shared/instant/beside/aura.ts'
import type { Flagged } from '../../../../shared/instant/beside/in-small.ts'
import { wispsOf, withWisps } from '../../../../shared/instant/beside/wisps.ts'
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
function cut(photo: ReturnType<typeof scene>, on: On) {
  const wisps = { left: 0, top: 0, ...SIZE, flags: flagsOf(on) }
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
  const some: On = (x, y) => wide(x, y) && !twigs(x, y)
  const at = cut(scene(rough, never), some)
  for (let y = 90; y < 150; y++)
    for (let x = 165; x < 178; x++) expect(at(x, y).alpha).toBeLessThan(0.1)
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

/** The flags of a thing's wisps by pixel. */
function found(photo: ReturnType<typeof scene>, { aura = noAura, stays = never } = {}): On {
  const wisps = wispsOf(photo, { inside: flagsOf(disc), box: BOX, stays }, aura)
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

test('an edit moves them: they are there, and nothing is left of them', () => {
  const photo = scene(ground)
  const out = editInstantly(photo, {
    drags: [dragOf(CX, CY, CX + 100, CY)],
    mask: { ...SIZE, data: flagsOf(disc) },
    geometry: { scope: 'component', field: 'inverse-distance', power: 2 },
    seed: 1,
    within: null,
    fixed: null,
    affects: null,
    shadows: 'keep',
  })
  const grey = (x: number, y: number) => out[4 * (y * SIZE.width + x)] ?? 0
  for (let x = 168; x < 174; x++) {
    expect(Math.abs(grey(x + 100, 120) - TWIG)).toBeLessThan(16)
    // Between twigs, and where they were.
    expect(Math.abs(grey(x + 100, 125) - ground(x + 100, 125))).toBeLessThan(4)
    if (x > 170) expect(Math.abs(grey(x, 100) - ground(x, 100))).toBeLessThan(8)
  }
})

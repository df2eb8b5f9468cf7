/**
 * What a thing leaves on plain ground around it if it goes away alone: the soft shadow that it casts, its
 * glow, and the fringe of hair and blur that its mask has left. All are found on straight lines outwards from its
 * border: colours change, then stay as they are. On ground with a texture only the shadow under it is found.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import type { LabImage, Pixels } from '../../segmentation/lab.ts'
import { distancesTo } from '../outline/distances.ts'
import { forEachPart } from '../outline/islands.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'
import { type Flagged, type Inside, inSmall, type Small } from './in-small.ts'
import {
  meanColour,
  meanProfile,
  type Profile,
  plainFrom,
  profileOf,
  textureOf,
} from './profile.ts'

/** How far shadows and fringes reach from the thing, in pixels of a photo of a million, as all lengths. */
const SHADOW = 90
const FRINGE = 18
/** Shadows and glows fade over such a length, beyond what is seen of them. */
const FADE = 10
/** The mixed colours of the border itself; they are filled anyway. */
const RIM = 4
/** Ground is plain where colours stay within this of their mean, in Lab, over such a length. */
const PLAIN = 2.5
const PLAIN_LENGTH = 24
/** But at least so many pixels, as it is looked at. */
const LEAST_LENGTH = 4
/** The mean of lines so near each other is plain within this, on ground with a texture. */
const COARSE_NEAR = 24
const PLAIN_MEAN = 3.5
const STEEPEST_MEAN = 12
/** There, a shadow lies under the thing. */
const DOWNWARDS = 0.25
/**
 * A shadow is at least so much darker than the ground, at its darkest; there, its lightness is between these parts of the
 * ground's.
 */
const SOFT = { darker: 2.5, least: 0.4, most: 1 }
const CONTACT = { darker: 8, least: 0, most: 1 }
/** A darker one is filled, not moved: it may reach further, along a shorter piece of the border. */
const DEEP = { darker: 15, least: 0.15, most: 0.4 }
const DEEP_REACH = 150
const DEEP_RUN = 24
/** It ends in the light: at most this part of what is around it has less than that part of the light there. */
const STILL_DARK = 0.1
const LESS_LIGHT = 0.75
/** The light around it is that of so much of what is there, or more. */
const LIT = 0.75
/** On coarse ground it is so many times as much darker as the ground's colours differ. */
const TEXTURES = 1.5
/** It is nowhere lighter than the ground by more, and of the same hue: so far off, and this part of the darkening. */
const LIGHTER = 1.5
const HUE = 4
const HUE_SHARE = 0.7
/** It grows lighter outwards, but for so much. */
const DIP = 6
/** A larger step of colour from one pixel to the next is an edge of something else. */
const STEP = 5
/** The border's direction is that of the thing's pixels up to so far from it. */
const DIRECTION = 5
/** A line goes on while it is at least this part of its length away from the thing. */
const OUTWARDS = 0.7
/** A glow is on this part of the lines: light on one side is the ground's own. */
const ALL_AROUND = 0.6
/** Lines next to each other agree: this part of those so near has to say the same. */
const AGREE = 0.5
const NEAR = 14
/** They reach as far as this part of them. */
const REACHED = 0.75
/** Along a shorter piece of the border it is something else: half the light of a floor between legs. */
const LEAST_RUN = 40
/** The photo is looked at in this size, about: the square root of its pixels. */
const SIDE = 500

/** Flags of the pixels around a thing. */
export const FRINGED = 1
export const SHADED = 2
export const SHADED_COARSE = 3
export const DARK = 4

/** The end of a line outwards: what is on it up to which distance. */
type Found = {
  readonly kind: 0 | typeof FRINGED | typeof SHADED | typeof SHADED_COARSE | typeof DARK
  readonly reach: number
  readonly glows?: true
}
const KINDS = [FRINGED, SHADED, SHADED_COARSE, DARK] as const
const NOTHING: Found = { kind: 0, reach: 0 }

/** A line outwards: its colours, and how far down a step of one goes. */
type Line = { readonly profile: Profile; readonly down: number }

/** The pixels around a thing: {@link FRINGED}, {@link SHADED}, {@link SHADED_COARSE}, {@link DARK} or 0. */
export function auraOf(photo: Pixels, thing: Inside): Flagged {
  const scale = scaleOf(photo)
  const shrunk = Math.max(1, Math.sqrt(photo.width * photo.height) / SIDE)
  const by = (DEEP_REACH + PLAIN_LENGTH) * scale
  return inSmall(photo, thing, by, shrunk, (small) =>
    new Surroundings(small, scale / shrunk).flags(),
  )
}

class Surroundings {
  readonly #image: LabImage
  readonly #blocked: Uint8Array
  readonly #nearest: Int32Array
  readonly #away: Float32Array
  readonly #thing: Uint8Array
  readonly #unit: number

  constructor({ image, thing, blocked }: Small, unit: number) {
    this.#image = smoothed(image, blocked)
    this.#thing = thing
    this.#blocked = blocked
    this.#unit = unit
    this.#nearest = nearestFlagged(thing, image)
    this.#away = distancesTo(this.#nearest, image)
  }

  flags(): Uint8Array {
    const lines = new Map(this.#border().map((at) => [at, this.#line(at)]))
    const found = new Map<number, Found>()
    for (const [at, { profile }] of lines) found.set(at, this.#alongLine(profile))
    for (const [at, line] of lines)
      if (found.get(at) === NOTHING && line.down >= DOWNWARDS)
        found.set(
          at,
          this.#contact(
            nearIn(lines, at, this.#image, COARSE_NEAR * this.#unit)
              .filter(({ down }) => down >= DOWNWARDS)
              .map(({ profile }) => profile),
          ),
        )
    const glowing = [...found].filter(([, { glows }]) => glows)
    if (glowing.length < ALL_AROUND * found.size) for (const [at] of glowing) found.set(at, NOTHING)
    const agreed = this.#agreed(found)
    const flags = Uint8Array.from(this.#nearest, (from, at) => {
      if (this.#blocked[at] === 1) return 0
      const { kind, reach } = agreed.get(from) ?? NOTHING
      return this.#away[at]! <= reach ? kind : 0
    })
    this.#dropCut(flags)
    return flags
  }

  /**
   * Drops deep shadows that are found in part, and what is found of their soft parts: without a piece they would
   * have an edge.
   */
  #dropCut(flags: Uint8Array): void {
    const { width, height, l } = this.#image
    const shadows = flags.map((kind) => (kind === SHADED || kind === DARK ? 1 : 0))
    forEachPart(shadows, 1, this.#image, (part) => {
      const around = new Set<number>()
      for (const at of part) {
        if (flags[at] !== DARK) continue
        const [x, y] = [at % width, Math.floor(at / width)]
        if (x > 0) around.add(at - 1)
        if (x < width - 1) around.add(at + 1)
        if (y > 0) around.add(at - width)
        if (y < height - 1) around.add(at + width)
      }
      const levels = [...around]
        .filter((at) => this.#blocked[at] === 0 && flags[at] === 0)
        .map((at) => l[at]!)
        .sort((a, b) => a - b)
      if (levels.length === 0) return
      const level = (share: number) => levels[Math.floor(share * levels.length)]!
      if (level(STILL_DARK) >= LESS_LIGHT * level(LIT)) return
      for (const at of part) flags[at] = 0
    })
  }

  /** Pixels of the thing with ground beside them. */
  #border(): number[] {
    const { width, height } = this.#image
    const border: number[] = []
    for (let y = 1; y < height - 1; y++)
      for (let x = 1; x < width - 1; x++) {
        const at = y * width + x
        const flags = this.#thing
        if (flags[at] === 0) continue
        if ((flags[at - 1]! & flags[at + 1]! & flags[at - width]! & flags[at + width]!) === 0)
          border.push(at)
      }
    return border
  }

  /** What lies outwards from a pixel of the border. */
  #line(from: number): Line {
    const { width, height } = this.#image
    const unit = this.#unit
    const [x, y] = [from % width, Math.floor(from / width)]
    const [alongX, alongY] = this.#outwards(x, y)
    const most = Math.round((DEEP_REACH + PLAIN_LENGTH) * unit)
    const line: number[] = []
    for (let step = 1; step <= most; step++) {
      const [u, v] = [Math.round(x + step * alongX), Math.round(y + step * alongY)]
      if ((alongX === 0 && alongY === 0) || u < 0 || v < 0 || u >= width || v >= height) break
      const at = v * width + u
      if (step > 2 && (this.#blocked[at] === 1 || this.#away[at]! < OUTWARDS * step)) break
      line.push(at)
    }
    return { profile: profileOf(this.#image, line), down: alongY }
  }

  #alongLine(line: Profile): Found {
    const unit = this.#unit
    const rim = Math.max(1, Math.round(RIM * unit))
    // Between two parts of the thing there is less ground.
    const plain = Math.max(4, Math.round(PLAIN_LENGTH * unit))
    const length = Math.min(plain, Math.floor((line.l.length - rim) / 2))
    if (length < LEAST_LENGTH) return NOTHING
    const plains = plainFrom(line, rim, length, PLAIN, 0)
    const [first] = plains
    const isNear = first !== undefined && first > rim && first <= SHADOW * unit
    if (isNear && this.#isShadow(line, rim - 1, first, length, SOFT))
      return { kind: SHADED, reach: first + FADE * unit }
    // The shadow may be plain, too: the ground begins further out.
    const lit = plains.find(
      (level) => level > rim && this.#isShadow(line, rim - 1, level, length, DEEP),
    )
    if (lit !== undefined) return { kind: DARK, reach: lit + FADE * unit }
    if (first === rim) return NOTHING
    if (isNear && this.#isGlow(line, rim - 1, first, length))
      return { kind: FRINGED, reach: first + FADE * unit, glows: true }
    // The colours of ground out of focus go over into each other.
    const [even] = plainFrom(line, rim, length, PLAIN, Number.POSITIVE_INFINITY)
    if (even === undefined || even === rim || even > FRINGE * unit) return NOTHING
    return { kind: FRINGED, reach: even }
  }

  /** The shadow under a thing that stands on ground with a texture: what lines next to each other have in common. */
  #contact(lines: readonly Profile[]): Found {
    const unit = this.#unit
    const line = meanProfile(lines, Math.ceil(lines.length / 2))
    const rim = Math.max(1, Math.round(RIM * unit))
    const length = Math.max(LEAST_LENGTH, Math.round(PLAIN_LENGTH * unit))
    const lit = plainFrom(line, rim + 1, length, PLAIN_MEAN, STEEPEST_MEAN).find(
      (level) =>
        this.#isShadow(line, rim - 1, level, length, CONTACT) &&
        line.l[level]! - line.l[rim]! > TEXTURES * textureOf(lines, line, rim, level + length),
    )
    return lit === undefined ? NOTHING : { kind: SHADED_COARSE, reach: lit + FADE * unit }
  }

  /** Whether what lies before plain ground is the same ground in less light, without an edge. */
  #isShadow(
    { l, a, b }: Profile,
    from: number,
    to: number,
    length: number,
    rule: typeof SOFT,
  ): boolean {
    const ground = meanColour({ l, a, b }, to, to + length)
    let [darkest, lightest] = [0, 0]
    for (let i = from; i < to; i++) {
      const darker = ground.l - l[i]!
      darkest = Math.max(darkest, darker)
      lightest = Math.max(lightest, l[i]!)
      if (l[i]! < lightest - DIP) return false
      if (darker < -LIGHTER || l[i]! < rule.least * ground.l) return false
      if (Math.hypot(a[i]! - ground.a, b[i]! - ground.b) > HUE + HUE_SHARE * Math.abs(darker))
        return false
      if (i > from && Math.abs(l[i]! - l[i - 1]!) > STEP / this.#unit) return false
    }
    return darkest > rule.darker && ground.l - darkest <= rule.most * ground.l
  }

  /** Whether what lies before plain ground grows darker outwards, without an edge: the glow of a moon, a lamp. */
  #isGlow(line: Profile, from: number, to: number, length: number): boolean {
    const { l } = line
    const ground = meanColour(line, to, to + length)
    let [lightest, darkest] = [0, Number.POSITIVE_INFINITY]
    for (let i = from; i < to; i++) {
      const here = l[i]!
      lightest = Math.max(lightest, here - ground.l)
      darkest = Math.min(darkest, here)
      if (here > darkest + DIP || here < ground.l - LIGHTER) return false
      if (i > from && Math.abs(here - l[i - 1]!) > STEP / this.#unit) return false
    }
    return lightest > SOFT.darker
  }

  /** Away from the thing, by its pixels around one of its border; zeros where there is no direction. */
  #outwards(x: number, y: number): readonly [number, number] {
    const { width, height } = this.#image
    const by = Math.max(2, Math.round(DIRECTION * this.#unit))
    let [sumX, sumY] = [0, 0]
    for (let v = Math.max(0, y - by); v <= Math.min(height - 1, y + by); v++)
      for (let u = Math.max(0, x - by); u <= Math.min(width - 1, x + by); u++) {
        if (this.#thing[v * width + u] === 0) continue
        sumX += x - u
        sumY += y - v
      }
    const length = Math.hypot(sumX, sumY)
    return length < 1e-6 ? [0, 0] : [sumX / length, sumY / length]
  }

  /** What lines near each other say together: the kind of most, and the reach of three in four of those. */
  #agreed(found: ReadonlyMap<number, Found>): Map<number, Found> {
    const agreed = new Map<number, Found>()
    for (const [at] of found) {
      const around = nearIn(found, at, this.#image, NEAR * this.#unit)
      const one = KINDS.map((kind) => around.filter((other) => other.kind === kind)).find(
        (same) => same.length >= AGREE * around.length,
      )
      if (one === undefined) continue
      const reaches = one.map(({ reach }) => reach).sort((a, b) => a - b)
      agreed.set(at, {
        kind: one[0]!.kind,
        reach: reaches[Math.floor(REACHED * reaches.length)]! + 1,
      })
    }
    return this.#withoutShortRuns(agreed)
  }

  #withoutShortRuns(agreed: ReadonlyMap<number, Found>): Map<number, Found> {
    const { width, height } = this.#image
    const long = new Map<number, Found>()
    for (const kind of KINDS) {
      const flags = new Uint8Array(width * height)
      for (const [at, found] of agreed) if (found.kind === kind) flags[at] = 1
      forEachPart(dilated(flags, this.#image, 1), 1, this.#image, (part) => {
        const run = part.filter((at) => flags[at] === 1)
        if (run.length < (kind === DARK ? DEEP_RUN : LEAST_RUN) * this.#unit) return
        for (const at of run) long.set(at, agreed.get(at)!)
      })
    }
    return long
  }
}

/** What belongs to the pixels of the border up to so far from one. */
function nearIn<T>(all: ReadonlyMap<number, T>, at: number, { width }: Size, far: number): T[] {
  const near = Math.max(2, Math.round(far))
  const around: T[] = []
  const [x, y] = [at % width, Math.floor(at / width)]
  for (let v = y - near; v <= y + near; v++)
    for (let u = x - near; u <= x + near; u++) {
      const other = u < 0 || u >= width ? undefined : all.get(v * width + u)
      if (other !== undefined) around.push(other)
    }
  return around
}

/** Means of three by three pixels, without those that are blocked. */
function smoothed(image: LabImage, blocked: Uint8Array): LabImage {
  const { width, height } = image
  const plane = (values: Float32Array) => {
    const out = values.slice()
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        if (blocked[at] === 1) continue
        let [sum, count] = [0, 0]
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            if (blocked[v * width + u] === 1) continue
            sum += values[v * width + u]!
            count++
          }
        out[at] = sum / count
      }
    return out
  }
  return { width, height, l: plane(image.l), a: plane(image.a), b: plane(image.b) }
}

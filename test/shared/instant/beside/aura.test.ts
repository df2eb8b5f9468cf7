/** What lies around a drawn disc: on plain ground a shadow and a fringe, on a texture only the shadow under it. */

import { describe, expect, test } from 'vitest'
import {
  auraOf,
  DARK,
  FRINGED,
  SHADED,
  SHADED_COARSE,
} from '../../../../shared/instant/beside/aura.ts'

const SIZE = { width: 400, height: 300 }
const [CX, CY, RADIUS] = [200, 150, 50]
const box = { left: CX - RADIUS, top: CY - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS }

/** Colours by distance from the disc's border, and by place. */
type Ground = (away: number, x: number, y: number) => readonly [number, number, number]

/** How many pixels around the disc have each flag, by distance from its border: near, and further than all is. */
function around(ground: Ground, stays: (x: number, y: number) => boolean = () => false) {
  const count = SIZE.width * SIZE.height
  const data = new Uint8ClampedArray(4 * count)
  const inside = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    const away = Math.hypot(x + 0.5 - CX, y + 0.5 - CY) - RADIUS
    inside[at] = away <= 0 ? 1 : 0
    data.set([...(away <= 0 ? ([60, 90, 160] as const) : ground(away, x, y)), 255], 4 * at)
  }
  const aura = auraOf({ ...SIZE, data }, { inside, box, stays })
  const everywhere = (_y: number) => true
  return (kind: number, least: number, most: number, counts = everywhere) => {
    let [flagged, all] = [0, 0]
    for (let at = 0; at < aura.flags.length; at++) {
      const x = aura.left + (at % aura.width)
      const y = aura.top + Math.floor(at / aura.width)
      const away = Math.hypot(x + 0.5 - CX, y + 0.5 - CY) - RADIUS
      if (away <= least || away > most || !counts(y)) continue
      all++
      if (aura.flags[at] === kind) flagged++
    }
    return flagged / all
  }
}

/** Pixels of a photo of a million per pixel here: all lengths below are in pixels here. */
const SCALE = Math.sqrt((SIZE.width * SIZE.height) / 1e6)

describe('on plain ground', () => {
  test('what grows lighter outwards, without an edge, is a shadow', () => {
    const reach = 50 * SCALE
    const share = around((away) => {
      const light = Math.min(1, 0.75 + (0.25 * away) / reach)
      return [230 * light, 225 * light, 215 * light]
    })
    expect(share(SHADED, 2, 0.7 * reach)).toBeGreaterThan(0.95)
    expect(share(SHADED, 3 * reach, 4 * reach)).toBe(0)
    expect(share(FRINGED, 0, 4 * reach)).toBe(0)
  })

  test('a shadow that hides the ground, and is plain itself, is dark up to where the ground begins', () => {
    const share = around((away) => {
      const light = Math.min(1, Math.max(0.25, 0.25 + (away - 15) / 30))
      return [230 * light, 225 * light, 215 * light]
    })
    expect(share(DARK, 2, 30)).toBeGreaterThan(0.95)
    expect(share(DARK, 50, 57)).toBe(0)
    for (const kind of [SHADED, FRINGED]) expect(share(kind, 2, 60)).toBe(0)
  })

  test('of a dark shadow that is found only in part nothing is filled', () => {
    const light = (away: number) => Math.min(1, Math.max(0.25, 0.25 + (away - 15) / 30))
    const plain: Ground = (away) => [230 * light(away), 225 * light(away), 215 * light(away)]
    // On the lower half it lies on stripes, where no plain ground says how light it would be.
    const striped: Ground = (away, x, y) => {
      const level = y > CY && x % 6 < 3 ? 0.6 : 1
      return [230 * level * light(away), 225 * level * light(away), 215 * level * light(away)]
    }
    const upper = (y: number) => y < CY - 12
    expect(around(plain)(DARK, 2, 30, upper)).toBeGreaterThan(0.95)
    expect(around(striped)(DARK, 2, 30, upper)).toBe(0)
    // A long soft shadow beside the dark one does not hide that.
    const soft: Ground = (away, x, y) => {
      const isStriped = y < CY && x < CX && x > CX - RADIUS
      const isLit = y < CY && x <= CX - RADIUS
      const shadow = y < CY ? light(away) : Math.min(1, 0.7 + (0.3 * away) / 40)
      const level = isLit ? 1 : shadow * (isStriped && y % 6 < 3 ? 0.6 : 1)
      return [230 * level, 225 * level, 215 * level]
    }
    expect(around(soft)(DARK, 2, 30)).toBe(0)
  })

  test('ground that grows lighter slowly is none', () => {
    const share = around((away) => [60 + 0.45 * away, 60 + 0.45 * away, 57 + 0.45 * away])
    for (const kind of [DARK, SHADED, FRINGED]) expect(share(kind, 0, 60)).toBe(0)
  })

  test('what changes close to the thing in another hue is a fringe', () => {
    const share = around((away) => (away < 12 * SCALE ? [160, 110, 60] : [90, 140, 90]))
    expect(share(FRINGED, 2, 9 * SCALE)).toBeGreaterThan(0.95)
    expect(share(FRINGED, 30 * SCALE, 60 * SCALE)).toBe(0)
    expect(share(SHADED, 0, 60 * SCALE)).toBe(0)
  })

  test('a glow, which grows darker outwards without an edge, goes like a fringe', () => {
    const reach = 60 * SCALE
    const share = around((away) => {
      const light = Math.max(0, 1 - away / reach) ** 2
      return [10 + 90 * light, 45 + 60 * light, 65 + 50 * light]
    })
    expect(share(FRINGED, 2, 0.7 * reach)).toBeGreaterThan(0.95)
    expect(share(FRINGED, 2 * reach, 3 * reach)).toBe(0)
    expect(share(SHADED, 0, 3 * reach)).toBe(0)
  })

  test('light on one side of a thing is no glow', () => {
    const share = around((away, x) => {
      const light = x < CX ? Math.max(0, 1 - away / 40) ** 2 : 0
      return [10 + 90 * light, 45 + 60 * light, 65 + 50 * light]
    })
    for (const kind of [SHADED, FRINGED]) expect(share(kind, 0, 60)).toBeLessThan(0.1)
  })

  test('something light that ends at an edge is no glow', () => {
    const share = around((away) => (away < 30 ? [200, 200, 190] : [10, 45, 65]))
    for (const kind of [SHADED, FRINGED]) expect(share(kind, 0, 60 * SCALE)).toBe(0)
  })

  test('there is neither where nothing changes, or where something else is', () => {
    const plain = around(() => [90, 140, 90])
    const taken = around(
      (away) => (away < 12 * SCALE ? [160, 110, 60] : [90, 140, 90]),
      () => true,
    )
    for (const share of [plain, taken])
      for (const kind of [SHADED, FRINGED]) expect(share(kind, 0, 60)).toBe(0)
  })
})

describe('on ground with a texture', () => {
  const grain = (x: number, y: number) => (((x * 73_856_093) ^ (y * 19_349_663)) >>> 4) % 41

  test('a dark shadow under the thing is found, and none above it', () => {
    const reach = 50 * SCALE
    const share = around((away, x, y) => {
      const light = Math.min(1, 0.4 + (0.6 * away) / reach)
      const value = 150 + grain(x, y) - 20
      return [value * light, value * light, 0.9 * value * light]
    })
    const below = (y: number) => y > CY + 0.9 * RADIUS
    const above = (y: number) => y < CY
    expect(share(SHADED_COARSE, 2, 0.5 * reach, below)).toBeGreaterThan(0.9)
    expect(share(SHADED_COARSE, 0, 60, above)).toBe(0)
    expect(share(SHADED_COARSE, 1.7 * reach, 2.5 * reach)).toBe(0)
    for (const kind of [SHADED, FRINGED]) expect(share(kind, 0, 60)).toBe(0)
  })

  test('a texture alone is none, and nor is what it hides', () => {
    const tile = (x: number, y: number) => (Math.floor(x / 6) + Math.floor(y / 6)) % 2 === 0
    const grained = around((_, x, y) => [150 + grain(x, y), 150 + grain(x, y), 130 + grain(x, y)])
    const tiled = around((away, x, y) => {
      const light = Math.min(1, 0.75 + (0.25 * away) / 20)
      return tile(x, y) ? [200 * light, 190 * light, 170 * light] : [90 * light, 80 * light, 70]
    })
    for (const share of [grained, tiled])
      for (const kind of [SHADED, SHADED_COARSE, DARK, FRINGED]) expect(share(kind, 0, 60)).toBe(0)
  })
})

import { expect, test } from 'vitest'
import { fillHole } from '../../../shared/instant/fill/fill.ts'
import { halved, sourcesOf, targetsOf } from '../../../shared/instant/fill/level.ts'
import { Random } from '../../../shared/instant/random.ts'

type Colour = readonly [number, number, number, number]

function picture(width: number, height: number, colour: (x: number, y: number) => Colour) {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set(colour(x, y), 4 * (y * width + x))
  return { width, height, data }
}

function flags(width: number, height: number, on: (x: number, y: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    on(at % width, Math.floor(at / width)) ? 1 : 0,
  )
}

const disc = (cx: number, cy: number, radius: number) => (x: number, y: number) =>
  (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2

/** Mean absolute difference of colours over the hole. */
function meanError(one: ArrayLike<number>, other: ArrayLike<number>, hole: Uint8Array): number {
  let [sum, count] = [0, 0]
  hole.forEach((flag, at) => {
    if (flag === 0) return
    count += 3
    for (let i = 0; i < 3; i++) sum += Math.abs((one[4 * at + i] ?? 0) - (other[4 * at + i] ?? 0))
  })
  return sum / count
}

test('a level of half the size: means of four; a hole wherever one of the four is', () => {
  const { data } = picture(4, 2, (x, y) => [10 * x, 20 * y, 0, 255])
  const level = {
    width: 4,
    height: 2,
    data,
    hole: flags(4, 2, (x) => x === 3),
    closed: new Uint8Array(8),
    hidden: flags(4, 2, (x) => x > 1),
  }
  const small = halved(level)
  expect([small.width, small.height]).toEqual([2, 1])
  expect([...small.data]).toEqual([5, 10, 0, 255, 25, 10, 0, 255])
  expect([...small.hole]).toEqual([0, 1])
  // What is a hole is not hidden.
  expect([...(small.hidden ?? [])]).toEqual([0, 0])
})

test('targets touch the hole and sources touch nothing closed, both inside the picture', () => {
  const [width, height] = [30, 20]
  const hole = flags(width, height, (x, y) => x === 15 && y === 10)
  const { data } = picture(width, height, () => [0, 0, 0, 255])
  const level = { width, height, data, hole, closed: hole, hidden: null }
  const near = (at: number) =>
    Math.max(Math.abs((at % width) - 15), Math.abs(Math.floor(at / width) - 10)) <= 3
  const inside = (at: number) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x >= 3 && y >= 3 && x < width - 3 && y < height - 3
  }
  const all = [...new Array(width * height).keys()]
  expect([...targetsOf(level, null)]).toEqual(all.filter(near))
  const open = sourcesOf(level)
  expect(all.filter((at) => open[at] === 1)).toEqual(all.filter((at) => inside(at) && !near(at)))
})

test('what is hidden is neither filled nor compared: what is seen beside it continues the pattern', () => {
  const tiles = picture(240, 160, (x, y) => {
    const [a, b] = [(x % 8) * 24, (y % 8) * 24]
    return [a, b, (a + b) / 2, 255]
  })
  const hole = flags(240, 160, disc(120, 80, 60))
  // A crescent at the left.
  const seen = flags(240, 160, (x, y) => disc(120, 80, 60)(x, y) && !disc(140, 80, 60)(x, y))
  const red = [255, 0, 0, 255]
  const cut = {
    ...tiles,
    data: tiles.data.map((v, i) => (hole[i >> 2] === 1 ? (red[i & 3] ?? 0) : v)),
  }
  fillHole(cut, hole, new Uint8Array(hole.length), 1, seen)
  expect(meanError(cut.data, tiles.data, seen)).toBeLessThan(2)
  const middle = 4 * (80 * 240 + 150)
  expect([...cut.data.slice(middle, middle + 4)]).toEqual(red)
})

test('patches follow a guess of what is in the hole, without its blur', () => {
  const dark = (x: number): Colour => [x % 6 < 3 ? 30 : 90, 60, 60, 255]
  const light = (y: number): Colour => [200, y % 6 < 3 ? 160 : 220, 200, 255]
  const halves = picture(200, 120, (x, y) => (x < 100 ? dark(x) : light(y)))
  const hole = flags(200, 120, (x, y) => x >= 80 && x < 120 && y >= 40 && y < 80)
  const right = flags(200, 120, (x, y) => x >= 104 && x < 114 && y >= 46 && y < 74)
  const filled = (guess: Uint8Array | null) => {
    const cut = { ...halves, data: halves.data.slice() }
    fillHole(cut, hole, new Uint8Array(hole.length), 1, hole, guess)
    return cut.data
  }
  const stripes = picture(200, 120, dark).data
  // The means of the dark stripes.
  const guess = new Uint8Array(3 * hole.length).fill(60)
  expect(meanError(filled(null), halves.data, right)).toBeLessThan(8)
  const followed = filled(guess)
  // Against 140 to the light half; stripes may begin elsewhere.
  expect(meanError(followed, stripes, right)).toBeLessThan(25)
  const reds = [...right.keys()].flatMap((at) => (right[at] === 1 ? [followed[4 * at] ?? 0] : []))
  const mean = reds.reduce((sum, red) => sum + red, 0) / reds.length
  const spread = Math.sqrt(reds.reduce((sum, red) => sum + (red - mean) ** 2, 0) / reds.length)
  expect(spread).toBeGreaterThan(20)
})

test('patches are as rough as a guess: of the same mean, smooth ones are no match', () => {
  // A smooth half beside a half of noise around the same grey.
  const random = new Random(3)
  const noise = Array.from({ length: 200 * 120 }, () => 70 + random.below(101))
  const halves = picture(200, 120, (x, y) => {
    const grey = x < 100 ? 120 : (noise[y * 200 + x] ?? 0)
    return [grey, grey, grey, 255]
  })
  const hole = flags(200, 120, (x, y) => x >= 80 && x < 120 && y >= 40 && y < 80)
  // Inside the hole, in the smooth half.
  const inner = flags(200, 120, (x, y) => x >= 84 && x < 100 && y >= 46 && y < 74)
  const roughness = (value: () => number) => {
    const cut = { ...halves, data: halves.data.slice() }
    const guess = new Uint8Array(3 * hole.length)
    for (let at = 0; at < hole.length; at++) guess.fill(value(), 3 * at, 3 * at + 3)
    fillHole(cut, hole, new Uint8Array(hole.length), 1, hole, guess)
    return meanError(cut.data, new Uint8Array(4 * hole.length).fill(120), inner)
  }
  // Other noise, as smooth as networks paint; 25 is that of the half.
  expect(roughness(() => 87 + random.below(67))).toBeGreaterThan(15)
  expect(roughness(() => 120)).toBeLessThan(3)
})

test('a regular pattern is continued exactly', () => {
  const tiles = picture(160, 120, (x, y) => {
    const [a, b] = [(x % 8) * 24, (y % 8) * 24]
    return [a, b, (a + b) / 2, 255]
  })
  const hole = flags(160, 120, disc(80, 60, 22))
  const cut = { ...tiles, data: tiles.data.map((v, i) => (hole[i >> 2] === 1 ? 255 : v)) }
  fillHole(cut, hole, new Uint8Array(hole.length), 1)
  expect(meanError(cut.data, tiles.data, hole)).toBeLessThan(2)
})

test('known pixels do not change, and the same seed gives the same picture', () => {
  const random = new Random(9)
  const grain = picture(120, 90, () => {
    const value = 100 + random.below(80)
    return [value, value, value, 255]
  })
  const hole = flags(120, 90, disc(60, 45, 15))
  const filled = [1, 1, 2].map((seed) => {
    const copy = { ...grain, data: grain.data.slice() }
    fillHole(copy, hole, new Uint8Array(hole.length), seed)
    return copy.data
  })
  const [first, again, other] = filled as [Uint8ClampedArray, Uint8ClampedArray, Uint8ClampedArray]
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
  for (let at = 0; at < hole.length; at++)
    if (hole[at] === 0) expect(first[4 * at]).toBe(grain.data[4 * at])
})

test('grain stays grain: the contrast of the fill is that of its surroundings', () => {
  const random = new Random(4)
  const grain = picture(160, 160, () => {
    const value = 60 + random.below(120)
    return [value, value, value, 255]
  })
  const hole = flags(160, 160, disc(80, 80, 25))
  const deviation = (data: ArrayLike<number>, wanted: number) => {
    const values = [...hole.keys()]
      .filter((at) => hole[at] === wanted)
      .map((at) => data[4 * at] ?? 0)
    const mean = values.reduce((a, b) => a + b) / values.length
    return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
  }
  const around = deviation(grain.data, 0)
  fillHole(grain, hole, new Uint8Array(hole.length), 1)
  // A smooth fill would have almost none.
  expect(deviation(grain.data, 1) / around).toBeGreaterThan(0.5)
})

test('a hole in rough ground stays rough where smooth ground of the same colour is near', () => {
  const random = new Random(7)
  // Grass of one mean colour: coarse below, smooth above, as a meadow far away is.
  const meadow = picture(320, 320, (_, y) => {
    const value = 100 + (y < 160 ? random.below(5) - 2 : random.below(101) - 50)
    return [value, value, value, 255]
  })
  const hole = flags(320, 320, disc(160, 240, 30))
  const roughness = (wanted: number) => {
    const at = [...hole.keys()].filter((i) => hole[i] === wanted && i > 320 * 180 && i % 320 < 319)
    const step = (i: number) => Math.abs((meadow.data[4 * i] ?? 0) - (meadow.data[4 * i + 4] ?? 0))
    return at.reduce((sum, i) => sum + step(i), 0) / at.length
  }
  const around = roughness(0)
  fillHole(meadow, hole, new Uint8Array(hole.length), 1)
  expect(roughness(1) / around).toBeGreaterThan(0.7)
})

test('an edge that enters a hole on both sides goes through it', () => {
  const random = new Random(8)
  // On the left, the mean of both sides: no first guess may be of that colour.
  const shore = picture(240, 240, (x, y) => {
    const grain = random.below(21) - 10
    if (x < 60) return [130 + grain, 145 + grain, 130, 255]
    return y < 120 ? [200 + grain, 200 + grain, 220, 255] : [60 + grain, 90 + grain, 40, 255]
  })
  const hole = flags(240, 240, disc(150, 120, 35))
  const cut = { ...shore, data: shore.data.slice() }
  hole.forEach((flag, at) => {
    if (flag === 1) cut.data.set([255, 0, 255, 255], 4 * at)
  })
  fillHole(cut, hole, new Uint8Array(hole.length), 1)
  expect(meanError(cut.data, shore.data, hole)).toBeLessThan(12)
})

test('what is not seen is filled without grain, and what is seen with it', () => {
  const random = new Random(4)
  const grain = picture(240, 240, () => {
    const value = 60 + random.below(120)
    return [value, value, value, 255]
  })
  // What is not seen is no deeper than what is.
  const hole = flags(240, 240, disc(120, 120, 80))
  const seen = flags(240, 240, (x, y) => disc(120, 120, 80)(x, y) && x < 120)
  const roughness = (on: (x: number, y: number) => boolean) => {
    const at = [...flags(240, 240, on).entries()].filter(([, flag]) => flag === 1)
    const step = ([i]: [number, number]) =>
      Math.abs((grain.data[4 * i] ?? 0) - (grain.data[4 * i + 4] ?? 0))
    return at.reduce((sum, one) => sum + step(one), 0) / at.length
  }
  fillHole(grain, hole, new Uint8Array(hole.length), 1, seen)
  const around = roughness((x) => x < 30)
  expect(roughness((x, y) => disc(120, 120, 76)(x, y) && x < 116) / around).toBeGreaterThan(0.5)
  expect(roughness(disc(160, 120, 25)) / around).toBeLessThan(0.3)
})

test('what is narrow beside a hole is continued, also where the rest of the photo is in other light', () => {
  // Dark but for 24 pixels before the frame; the hole leaves half of them.
  const side = 256
  const photo = picture(side, side, (x, y) => {
    const grain = (7 * x + 13 * y) % 5
    return x < 200 ? [40 + grain, 40, 40, 255] : [90 + grain, 85, 80, 255]
  })
  const truth = photo.data.slice()
  const seen = flags(side, side, (x, y) => x >= 215 && x < 232 && y > 20)
  const hole = flags(side, side, (x, y) => x >= 80 && x < 232 && y > 20)
  fillHole(photo, hole, hole, 1, seen)
  expect(meanError(photo.data, truth, seen)).toBeLessThan(5)
})

test('nothing closed is copied', () => {
  const red = disc(40, 60, 18)
  const photo = picture(160, 120, (x, y) => (red(x, y) ? [250, 0, 0, 255] : [90, 140, 90, 255]))
  const hole = flags(160, 120, disc(110, 60, 18))
  fillHole(photo, hole, flags(160, 120, disc(40, 60, 20)), 3)
  for (const [at, flag] of hole.entries())
    if (flag === 1) expect([...photo.data.subarray(4 * at, 4 * at + 4)]).toEqual([90, 140, 90, 255])
})

test('a slow change of light is continued across the hole', () => {
  const ramp = picture(200, 100, (x) => [40 + x / 2, 60 + x / 2, 80, 255])
  const hole = flags(200, 100, disc(100, 50, 24))
  const cut = { ...ramp, data: ramp.data.slice() }
  fillHole(cut, hole, new Uint8Array(hole.length), 1)
  expect(meanError(cut.data, ramp.data, hole)).toBeLessThan(6)
})

test('where patches from different places meet, no step shows', () => {
  // Out of focus: slow waves, of which no two places are the same.
  const wave = (x: number, y: number) =>
    120 + 50 * Math.sin(x / 31 + y / 57) + 30 * Math.sin(y / 23 - x / 71)
  const blurred = picture(240, 180, (x, y) => [wave(x, y), wave(x + 40, y), wave(x, y + 40), 255])
  const hole = flags(240, 180, disc(120, 90, 45))
  const stepsIn = (data: ArrayLike<number>) => {
    let most = 0
    for (const [at, flag] of hole.entries())
      if (flag === 1)
        for (const next of [1, -1, 240, -240])
          for (let i = 0; i < 3; i++)
            most = Math.max(
              most,
              Math.abs((data[4 * (at + next) + i] ?? 0) - (data[4 * at + i] ?? 0)),
            )
    return most
  }
  const filled = { ...blurred, data: blurred.data.slice() }
  fillHole(filled, hole, new Uint8Array(hole.length), 1)
  expect(stepsIn(filled.data)).toBeLessThan(3 * stepsIn(blurred.data))
})

test('transparency is continued, too', () => {
  const sticker = picture(120, 90, (x) => (x < 60 ? [0, 0, 0, 0] : [200, 30, 30, 255]))
  const hole = flags(120, 90, disc(30, 45, 12))
  const cut = {
    ...sticker,
    data: sticker.data.map((value, i) => (hole[i >> 2] === 1 ? 255 : value)),
  }
  fillHole(cut, hole, new Uint8Array(hole.length), 1)
  for (const [at, flag] of hole.entries()) if (flag === 1) expect(cut.data[4 * at + 3]).toBe(0)
})

test.each([
  ['of few pixels', 6, 6],
  ['of one row', 40, 1],
  ['that is all hole but a pixel', 40, 40],
])('a picture %s is filled smoothly, without patches', (_, width, height) => {
  const photo = picture(width, height, () => [12, 34, 56, 255])
  const hole = flags(width, height, (x, y) => x + y > 0)
  const data = photo.data.map((value, i) => (hole[i >> 2] === 1 ? 0 : value))
  fillHole({ ...photo, data }, hole, new Uint8Array(hole.length), 1)
  for (let at = 0; at < hole.length; at++)
    expect([...data.subarray(4 * at, 4 * at + 3)]).toEqual([12, 34, 56])
})

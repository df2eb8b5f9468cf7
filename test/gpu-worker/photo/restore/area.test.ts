import { expect, test } from 'vitest'
import { partOf, withPart } from '../../../../gpu-worker/photo/restore/area.ts'

const size = { width: 4, height: 3 }
const photo = {
  ...size,
  rgb: Uint8Array.from({ length: 36 }, (_, i) => i),
  alpha: Uint8Array.from({ length: 12 }, (_, i) => 100 + i),
  profile: null,
}
const area = { left: 1, top: 1, width: 2, height: 2 }

test('a part has its own pixels, and goes back to its place', () => {
  const part = partOf(photo, area)
  expect([...part.rgb]).toEqual([15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32])
  expect([...(part.alpha ?? [])]).toEqual([105, 106, 109, 110])
  const edited = { ...part, rgb: new Uint8Array(12).fill(255), alpha: new Uint8Array(4) }
  const whole = withPart(photo, area, edited)
  whole.rgb.forEach((value, i) => {
    const [x, y] = [Math.floor(i / 3) % 4, Math.floor(i / 12)]
    const inside = x > 0 && x < 3 && y > 0
    expect(value).toBe(inside ? 255 : i)
  })
  expect([...(whole.alpha ?? [])]).toEqual([100, 101, 102, 103, 104, 0, 0, 107, 108, 0, 0, 111])
  // The photo itself does not change.
  expect(photo.rgb[15]).toBe(15)
})

test('a part outside the photo is a fault', () => {
  expect(() => partOf(photo, { ...area, left: 3 })).toThrow(/not inside/)
})

import { describe, expect, test } from 'vitest'
import { blocksOf } from '../../../../gpu-worker/checkpoint/blocks/blocks.ts'
import { floatsOf } from '../../../../gpu-worker/checkpoint/blocks/floats.ts'

const blocks = (values: number[], columns: number, bits: 4 | 8, scale: 'F32' | 'BF16' = 'F32') => {
  const { codes, scales } = blocksOf(Float32Array.from(values), columns, { bits, size: 4, scale })
  return { codes: [...codes], scales: [...scales] }
}

describe('by hand', () => {
  test('8 bits: the extreme weight is 127 away from code 128, the others are the nearest', () => {
    // Scales 254 / 127 = 2 and 63.5 / 127 = 0.5; 2.9 / 2 = 1.45 and 3.1 / 2 = 1.55.
    expect(blocks([254, -2, 2.9, 3.1, -63.5, 0, 1, -1], 8, 8)).toEqual({
      codes: [255, 127, 129, 130, 1, 128, 130, 126],
      scales: [2, 0.5],
    })
  })

  test('4 bits: the extreme weight is code 0, and two codes share a byte, the first lower', () => {
    // Extreme 8: scale -1, codes 0, 8 + 3, 8 - 1, 8; extreme -4: scale 0.5, codes 0, 8 + 7, 8 + 2, 8.
    expect(blocks([8, -3, 1, 0.4, -4, 3.5, 1, 0], 4, 4)).toEqual({
      codes: [0xb0, 0x87, 0xf0, 0x8a],
      scales: [-1, 0.5],
    })
  })

  test('4 bits have no code for the extreme of the other sign: the nearest is one less', () => {
    expect(blocks([8, -8, 0, 0], 4, 4)).toEqual({ codes: [0xf0, 0x88], scales: [-1] })
  })

  test('the last block of a row is padded with zeros, and each row begins with a new block', () => {
    expect(blocks([127, 0, 0, 0, 127, 127, 0, 0, 0, -127], 5, 8)).toEqual({
      codes: [255, 128, 128, 128, 255, 128, 128, 128, 255, 128, 128, 128, 1, 128, 128, 128],
      scales: [1, 1, 1, 1],
    })
    expect(blocks([-8, 1, 0, 0, -8], 5, 4).codes).toEqual([0x90, 0x88, 0x80, 0x88])
  })

  test('a block of zeros has the scale 0', () => {
    expect(blocks([0, 0, 0, 0], 4, 4)).toEqual({ codes: [0x88, 0x88], scales: [-0] })
    expect(blocks([0, 0, 0, 0], 4, 8)).toEqual({ codes: [128, 128, 128, 128], scales: [0] })
  })

  test('codes are those of a scale that is rounded to bfloat16', () => {
    // 1.0078125 is the bfloat16 after 1; 128.3 / 127 = 1.01024 lies nearer to it than to 1.015625.
    const { codes, scales } = blocks([128.3, 64.6, 0, 0], 4, 8, 'BF16')
    expect(scales).toEqual([1.0078125])
    // 128.3 / 1.0078125 = 127.3, 64.6 / 1.0078125 = 64.1
    expect(codes).toEqual([255, 192, 128, 128])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('the scale of %d is no number', (value) => {
    for (const bits of [4, 8] as const)
      expect(blocks([1, value, 1, 1], 4, bits).scales.map(Number.isFinite)).toEqual([false])
  })
})

test('no scale that is rounded down carries a code beyond the last', () => {
  for (let i = 1; i < 2000; i++) {
    const { codes } = blocks([i / 7, -i / 7, i / 7, 0], 4, 8, 'BF16')
    expect([codes[0] as number, codes[1] as number]).toEqual([
      expect.closeTo(255, 0),
      expect.closeTo(1, 0),
    ])
  }
})

test.each([
  // IEEE 754 half precision.
  ['F16', [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400], [1, -2, 65504, 2 ** -24, 2 ** -14]],
  // The upper half of a float32.
  ['BF16', [0x3f80, 0xc040, 0x0000], [1, -3, 0]],
] as const)('%s', (type, codes, values) => {
  expect([...floatsOf(new Uint8Array(Uint16Array.from(codes).buffer), type)]).toEqual([...values])
})

test('F8_E4M3: the largest number is 448, the least 2^-9, and there is no infinity', () => {
  // Micikevicius and others, FP8 Formats for Deep Learning, table 1.
  const values = floatsOf(Uint8Array.of(0x7e, 0x01, 0x38, 0xb8, 0x78, 0x7f), 'F8_E4M3')
  expect([...values]).toEqual([448, 2 ** -9, 1, -1, 256, Number.NaN])
})

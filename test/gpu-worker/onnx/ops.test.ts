import { describe, expect, test } from 'vitest'
import type { Value } from '../../../gpu-worker/onnx/graph.ts'
import * as ops from '../../../gpu-worker/onnx/ops.ts'
import { floats, indices, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { maxDifference, rows, run } from '../../fixtures/graphs.ts'

/** Expected values are worked out by hand, or by the formula next to them. */
async function expectValues(
  got: Promise<number[]>,
  wanted: readonly number[],
  tolerance = 1e-6,
): Promise<void> {
  expect(maxDifference(await got, wanted)).toBeLessThanOrEqual(tolerance)
}
const x: Tensor = rows([1, 2], [3, 4])

describe('arithmetic', () => {
  test('linear is x W^T + b, with and without b', async () => {
    const inputs = { x, w: rows([1, 0], [0, 1], [1, 1]), b: floats(Float32Array.of(10, 20, 30), 3) }
    await expectValues(
      run(inputs, (g, v) => ops.linear(g, v.x as Value, v.w as Value, v.b as Value)),
      [11, 22, 33, 13, 24, 37],
    )
    const { b: _, ...withoutBias } = inputs
    await expectValues(
      run(withoutBias, (g, v) => ops.linear(g, v.x as Value, v.w as Value, null)),
      [1, 2, 3, 3, 4, 7],
    )
  })

  test('add, sub and mul broadcast a row', async () => {
    const inputs = { x, r: rows([10, 100]) }
    await expectValues(
      run(inputs, (g, v) => ops.add(g, v.x as Value, v.r as Value)),
      [11, 102, 13, 104],
    )
    await expectValues(
      run(inputs, (g, v) => ops.sub(g, v.x as Value, v.r as Value)),
      [-9, -98, -7, -96],
    )
    await expectValues(
      run(inputs, (g, v) => ops.mul(g, v.x as Value, v.r as Value)),
      [10, 200, 30, 400],
    )
  })

  test('silu is x sigmoid(x), gelu its tanh approximation', async () => {
    const values = [-3, -0.5, 0, 0.5, 3]
    const input = { x: rows(values) }
    await expectValues(
      run(input, (g, v) => ops.silu(g, v.x as Value)),
      values.map((z) => z / (1 + Math.exp(-z))),
    )
    const tanh = (z: number) =>
      0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))
    await expectValues(
      run(input, (g, v) => ops.geluTanh(g, v.x as Value)),
      values.map(tanh),
    )
  })
})

describe('norms', () => {
  test('rmsNorm of (3, 4): root mean square sqrt(12.5), each channel with its weight', async () => {
    const s = Math.sqrt(12.5 + 0.25)
    const inputs = { x: rows([3, 4]), w: floats(Float32Array.of(1, 10), 2) }
    await expectValues(
      run(inputs, (g, v) => ops.rmsNorm(g, v.x as Value, v.w as Value, 0.25)),
      [3 / s, 40 / s],
    )
  })
})

describe('shapes', () => {
  test('batched and unbatched are inverse; reshape keeps the order', async () => {
    await expectValues(
      run({ x }, (g, v) => ops.unbatched(g, ops.batched(g, v.x as Value))),
      [1, 2, 3, 4],
    )
    await expectValues(
      run({ x }, (g, v) => ops.reshape(g, v.x as Value, [0, 2, 1])),
      [1, 2, 3, 4],
    )
  })

  test('concat, chunk, split with sizes at run time, and gather', async () => {
    await expectValues(
      run({ x }, (g, v) => ops.concat(g, [v.x as Value, v.x as Value], 1)),
      [1, 2, 1, 2, 3, 4, 3, 4],
    )
    await expectValues(
      run({ x }, (g, v) => ops.chunk(g, v.x as Value, 2, 1)[1] as Value),
      [2, 4],
    )
    const parts = { x: rows([1], [2], [3], [4]), sizes: indices([1, 0, 3]) }
    await expectValues(
      run(parts, (g, v) => ops.split(g, v.x as Value, v.sizes as Value, 3, 0)[2] as Value),
      [2, 3, 4],
    )
    await expectValues(
      run({ x, i: indices([1, 1, 0]) }, (g, v) => ops.gather(g, v.x as Value, v.i as Value)),
      [3, 4, 3, 4, 1, 2],
    )
    await expectValues(
      run({ x, i: indices([]) }, (g, v) =>
        ops.concat(g, [v.x as Value, ops.gather(g, v.x as Value, v.i as Value)], 0),
      ),
      [1, 2, 3, 4],
    )
  })

  test('cast to another type and back', async () => {
    await expectValues(
      run({ x: rows([1.5, -2]) }, (g, v) => ops.cast(g, ops.cast(g, v.x as Value, 'F16'), 'F32')),
      [1.5, -2],
    )
  })
})

describe('attention', () => {
  test('rotate rotates interleaved pairs, in the same way for each head', async () => {
    // One token, two heads of two channels, a quarter turn: (a, b) becomes (-b, a).
    const inputs = {
      x: floats(Float32Array.of(1, 2, 3, 4), 1, 1, 4),
      cos: floats(Float32Array.of(0), 1, 1, 1),
      sin: floats(Float32Array.of(1), 1, 1, 1),
    }
    await expectValues(
      run(inputs, (g, v) => ops.rotate(g, v.x as Value, v.cos as Value, v.sin as Value, 2)),
      [-2, 1, -4, 3],
    )
  })

  test('attention is softmax(q k / sqrt(Dh)) v for each head, with different numbers of queries and keys', async () => {
    const inputs = {
      q: floats(Float32Array.of(Math.SQRT2, 0, 0, Math.SQRT2), 1, 1, 4),
      k: floats(Float32Array.of(1, 0, 0, 0, 0, 0, 0, 2), 1, 2, 4),
      v: floats(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1, 2, 4),
    }
    const e = Math.E
    const first = (a: number, b: number) => (e * a + b) / (e + 1)
    const second = (a: number, b: number) => (a + e * e * b) / (1 + e * e)
    const wanted = [first(1, 5), first(2, 6), second(3, 7), second(4, 8)]
    await expectValues(
      run(inputs, (g, v) => ops.attention(g, v.q as Value, v.k as Value, v.v as Value, 2)),
      wanted,
    )
  })
})

describe('convolutions', () => {
  const image = floats(
    Float32Array.from({ length: 16 }, (_, i) => i),
    1,
    1,
    4,
    4,
  )
  const weight = floats(Float32Array.of(1, 0, 0, -1, 1, 1, 1, 1), 2, 1, 2, 2)
  const bias = floats(Float32Array.of(0, 100), 2)

  test('conv with a stride of 2 takes each 2x2 patch once', async () => {
    const wanted = [-5, -5, -5, -5, 110, 118, 142, 150]
    await expectValues(
      run({ image, weight, bias }, (g, v) =>
        ops.conv(g, v.image as Value, v.weight as Value, v.bias as Value, 2),
      ),
      wanted,
    )
  })

  test('convTranspose writes each patch back', async () => {
    const z = floats(Float32Array.of(2, 3), 1, 2, 1, 1)
    await expectValues(
      run({ z, weight }, (g, v) => ops.convTranspose(g, v.z as Value, v.weight as Value, null, 2)),
      [5, 3, 3, 1],
    )
  })
})

describe('operators of autoencoders and text encoders', () => {
  test('paddedConv pads each side separately', async () => {
    const image = floats(Float32Array.of(1, 2, 3, 4), 1, 1, 2, 2)
    const weight = floats(new Float32Array(9).fill(1), 1, 1, 3, 3)
    const bias = floats(Float32Array.of(10), 1)
    const inputs = { image, weight, bias }
    const same = run(inputs, (g, v) =>
      ops.paddedConv(g, v.image as Value, v.weight as Value, v.bias as Value, 1, [1, 1, 1, 1]),
    )
    await expectValues(same, [20, 20, 20, 20])
    // Padding at right and bottom only, stride 2: one window, with all four pixels.
    const down = run(inputs, (g, v) =>
      ops.paddedConv(g, v.image as Value, v.weight as Value, v.bias as Value, 2, [0, 0, 1, 1]),
    )
    await expectValues(down, [20])
  })

  test('groupNorm normalises each group of channels over all positions', async () => {
    // Two groups of one channel: (1, 3) has mean 2 and deviation 1, (10, 30) mean 20 and deviation
    // 10.
    const inputs = {
      x: floats(Float32Array.of(1, 3, 10, 30), 1, 2, 1, 2),
      weight: floats(Float32Array.of(1, 5), 2),
      bias: floats(Float32Array.of(0, 100), 2),
    }
    const normed = run(inputs, (g, v) =>
      ops.groupNorm(g, v.x as Value, [v.weight as Value, v.bias as Value], 2, 0, 'F32'),
    )
    await expectValues(normed, [-1, 1, 95, 105], 1e-4)
  })

  test('nearestUpsample repeats every pixel', async () => {
    const inputs = { x: floats(Float32Array.of(1, 2), 1, 1, 1, 2) }
    const wanted = [1, 1, 2, 2, 1, 1, 2, 2]
    await expectValues(
      run(inputs, (g, v) => ops.nearestUpsample(g, v.x as Value)),
      wanted,
    )
  })

  test('matmul, softmax, transpose and scalar', async () => {
    const inputs = { a: rows([1, 2]), b: rows([3], [4]) }
    await expectValues(
      run(inputs, (g, v) => ops.matmul(g, v.a as Value, v.b as Value)),
      [11],
    )
    const logits = { x: rows([0, Math.log(3)]) }
    await expectValues(
      run(logits, (g, v) => ops.softmax(g, v.x as Value)),
      [0.25, 0.75],
    )
    await expectValues(
      run({ x: rows([1, 2, 3]) }, (g, v) => ops.transpose(g, v.x as Value, [1, 0])),
      [1, 2, 3],
    )
    await expectValues(
      run({ x: rows([1, 2]) }, (g, v) => ops.mul(g, v.x as Value, ops.scalar(g, 1.5, 'F32'))),
      [1.5, 3],
    )
  })

  test('scatterRows replaces rows by index, gather takes slices along any axis', async () => {
    const at = { ...indices([2, 0]), dims: [2, 1] } as Tensor
    const inputs = { x: rows([1, 2], [3, 4], [5, 6]), at, new: rows([50, 60], [10, 20]) }
    await expectValues(
      run(inputs, (g, v) => ops.scatterRows(g, v.x as Value, v.at as Value, v.new as Value)),
      [10, 20, 3, 4, 50, 60],
    )
    await expectValues(
      run({ x, i: indices([1]) }, (g, v) => ops.gather(g, v.x as Value, v.i as Value, 1)),
      [2, 4],
    )
  })

  test('shapeOf returns the shape', async () => {
    const shape = run({ x: rows([1, 2, 3], [4, 5, 6]) }, (g, v) =>
      ops.cast(g, ops.shapeOf(g, v.x as Value), 'F32'),
    )
    await expectValues(shape, [2, 3])
  })

  test('affineLayerNorm has weight and bias, geluQuick is x sigmoid(1.702 x)', async () => {
    const s = Math.sqrt(2 / 3)
    const inputs = {
      x: rows([1, 2, 3]),
      w: floats(Float32Array.of(1, 2, 3), 3),
      b: floats(Float32Array.of(0, 0, 1), 3),
    }
    const normed = run(inputs, (g, v) =>
      ops.affineLayerNorm(g, v.x as Value, v.w as Value, v.b as Value, 0),
    )
    await expectValues(normed, [-1 / s, 0, 3 / s + 1])
    const values = [-2, 0, 1]
    await expectValues(
      run({ x: rows(values) }, (g, v) => ops.geluQuick(g, v.x as Value)),
      values.map((z) => z / (1 + Math.exp(-1.702 * z))),
    )
  })
})

/** One product with weights in blocks, for every size of a block and both kinds of products, beside float32. */

import { blocksOf, rowOf } from '../../../../gpu-worker/checkpoint/blocks/blocks.ts'
import { Graph, type Value } from '../../../../gpu-worker/onnx/graph.ts'
import { linear } from '../../../../gpu-worker/onnx/ops.ts'
import { Session } from '../../../../gpu-worker/onnx/session.ts'
import { floats } from '../../../../gpu-worker/onnx/tensor.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { relativeL2 } from './compare.ts'

const ROWS = 2176
const SIDE = 1536
const ROUNDS = 7

type Product = { readonly cpu: number; readonly out: Float32Array }

/** Prints the processor time of each, divided by that of float32, and the error of its result. */
export async function measureProducts(threads: number): Promise<void> {
  const weights = gaussianNoise(1, SIDE * SIDE).map((value) => value * SIDE ** -0.5)
  const x = floats(gaussianNoise(2, ROWS * SIDE), ROWS, SIDE)
  async function product(build: (g: Graph, x: Value) => Value): Promise<Product> {
    const g = new Graph()
    g.output('out', build(g, g.input('x', 'F32', [ROWS, SIDE])), 'F32', [ROWS, SIDE])
    const session = await Session.create(g.finish(), { provider: 'cpu', threads, packed: true })
    let best = Number.POSITIVE_INFINITY
    let out = new Float32Array()
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage()
      const { outputs } = await session.run({ x })
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, user + system)
      out = outputs.out?.data as Float32Array<ArrayBuffer>
    }
    await session.close()
    return { cpu: best, out }
  }
  const exact = await product((g, input) =>
    linear(g, input, g.constant(floats(weights, SIDE, SIDE)), null),
  )
  process.stdout.write(
    `a product of ${ROWS} rows with ${SIDE} x ${SIDE} weights, beside float32 (best of ${ROUNDS}):\n`,
  )
  for (const bits of [8, 4] as const)
    for (const size of [32, 64, 128]) {
      const { codes, scales } = blocksOf(weights, SIDE, { bits, size, scale: 'F32' })
      const { blocks, blockBytes } = rowOf(SIDE, { bits, size })
      for (const level of [1, 4]) {
        const { cpu, out } = await product((g, input) => {
          const stored = g.constant({ type: 'U8', dims: [SIDE, blocks, blockBytes], data: codes })
          const inputs = [input, stored, g.constant(floats(scales, SIDE, blocks))]
          const form = { K: SIDE, N: SIDE, bits, block_size: size, accuracy_level: level }
          return g.node('MatMulNBits', inputs, form, 'com.microsoft')
        })
        process.stdout.write(
          `  ${bits} bits, blocks of ${String(size).padEnd(3)} ${level === 4 ? 'int8 ' : 'float'} products: ${(cpu / exact.cpu).toFixed(2)} x, error ${relativeL2(out, exact.out).toExponential(1)}\n`,
        )
      }
    }
}

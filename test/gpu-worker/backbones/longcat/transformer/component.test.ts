/** LongCat-Image's transformer against diffusers with the same random weights (test/parity). */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { longcatTransformer } from '../../../../../gpu-worker/backbones/longcat/transformer/component.ts'
import { LongcatConfig } from '../../../../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../../../../gpu-worker/backbones/longcat/transformer/graph.ts'
import { longcatPositions } from '../../../../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import { namedSequence } from '../../../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import { openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import { readTensors } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../../gpu-worker/onnx/tensor.ts'
import { load, relativeError, valuesOf } from '../../../../fixtures/graphs.ts'

const folder = fileURLToPath(new URL('../../../../fixtures/golden/longcat', import.meta.url))
const TOLERANCE = 5e-5
const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const
const CONTROL =
  /^(inject_from|inject_weight|view_tokens|view_positions|double_view_tokens|block\..*)$/

const open = async () => ({
  component: await openComponent(folder),
  io: await readTensors(`${folder}/io.safetensors`),
})
const plainOf = (io: ReadonlyMap<string, Tensor>) =>
  new Map([...io].filter(([name]) => !CONTROL.test(name)))

async function run(io: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
  const graph = longcatTransformer.graphs['longcat-transformer']
  if (graph === undefined) throw new Error('no graph')
  return new Map(Object.entries(await graph.run((await open()).component, io, options)))
}

test('the plain backbone, all image rows', async () => {
  const { io } = await open()
  const got = await run(plainOf(io))
  expect(got.get('sample')?.dims).toEqual([1, 22, 16])
  expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'sample'))).toBeLessThan(TOLERANCE)
})

test('CTI, PRE and OAM, all image rows', async () => {
  const { io } = await open()
  const got = await run(io)
  expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))).toBeLessThan(TOLERANCE)
  expect(relativeError(valuesOf(io, 'sample'), valuesOf(io, 'controlled'))).toBeGreaterThan(0.01)
})

test('every block returns the same as in diffusers', async () => {
  const { component, io } = await open()
  const config = LongcatConfig.parse(component.config)
  const session = await load(longcatGraph(config, component.tensors, 'F32', { blocks: true }))
  const feeds = namedSequence(plainOf(io), longcatPositions(config, 7), options)
  const { outputs } = await session.run(feeds)
  const check = (output: string, wanted: ArrayLike<number>) =>
    expect(relativeError(outputs[output]?.data as Float32Array, wanted)).toBeLessThan(TOLERANCE)
  for (const i of [0, 1]) {
    check(`double.${i}.text`, valuesOf(io, `block.double.${i}.text`))
    check(`double.${i}.image`, valuesOf(io, `block.double.${i}.image`))
    const single = ['text', 'image'].flatMap((part) => [
      ...valuesOf(io, `block.single.${i}.${part}`),
    ])
    check(`single.${i}`, single)
  }
})

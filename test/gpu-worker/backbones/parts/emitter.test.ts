import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Emitter } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { Graph } from '../../../../gpu-worker/onnx/graph.ts'
import { gather } from '../../../../gpu-worker/onnx/ops.ts'
import { indices } from '../../../../gpu-worker/onnx/tensor.ts'
import { load } from '../../../fixtures/graphs.ts'

const golden = fileURLToPath(new URL('../../../fixtures/golden/', import.meta.url))

test.each(['flux1', 'flux1-bf16', 'flux1-f16', 'flux1-f8'])(
  'rows of a weight of %s are those of the whole weight',
  async (folder) => {
    const { tensors } = await openComponent(golden + folder)
    const key = 'context_embedder.weight'
    const dims = tensors.get(key)?.dims as number[]
    const e = new Emitter(new Graph(), tensors, 'F32')
    const index = e.g.input('index', 'I64', [3])
    e.floatOutput('some', e.rows(key, dims, index), [3, dims[1] as number])
    e.floatOutput('all', gather(e.g, e.weight(key, dims), index), [3, dims[1] as number])
    const session = await load(e.g.finish())
    const { outputs } = await session.run({ index: indices([2, 0, 2]) })
    expect(outputs.some?.dims).toEqual([3, dims[1]])
    expect(outputs.some?.data).toEqual(outputs.all?.data)
  },
)

test('rows of a weight of another shape are an error', async () => {
  const { tensors } = await openComponent(`${golden}flux1`)
  const e = new Emitter(new Graph(), tensors, 'F32')
  const index = e.g.input('index', 'I64', [1])
  expect(() => e.rows('context_embedder.weight', [1, 2], index)).toThrow(/should be \[1,2\]/)
})

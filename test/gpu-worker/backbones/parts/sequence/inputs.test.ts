import { expect, test } from 'vitest'
import {
  controlInputs,
  stepInputs,
} from '../../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { floats, indices } from '../../../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../../../gpu-worker/sampler/control.ts'

test('each view has the positions of its keys, and what is injected alone is passed on', () => {
  // One pair per axis, so that its cosine is that of the id itself: image, row, column.
  const positions = {
    dims: [2, 2, 2],
    theta: 10_000,
    text: () => [0, 0, 0],
    target: (row: number, col: number) => [0, row, col],
    reference: (row: number, col: number) => [1, row, col],
  }
  const control = {
    ...identityControl(6),
    viewTokens: [5, 0],
    viewPositions: [1, 0],
    doubleViewTokens: [2, 3],
    doubleViewPositions: [4, 3],
    aloneTokens: [4, 1],
    injectFrom: Int32Array.of(0, 7, 3, 0, 6, 3),
    injectMask: Float32Array.of(0, 1, 1, 0, 1, 1),
  }
  const inputs = controlInputs(positions, { grid: { rows: 2, cols: 3 }, control }, 1)
  const cosines = (...ids: number[]) => ids.map((id) => expect.closeTo(Math.cos(id), 6))
  // First the six target tokens, last that of the text. Tokens 4 and 3 of rows of three are (1, 1) and
  // (1, 0); 1 and 0 are (0, 1) and (0, 0).
  const target = [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 1, 0, 1, 2]
  const around = (...ids: number[]) => cosines(...target, ...ids, 0, 0, 0)
  expect([...(inputs.double_view_cos?.data ?? [])]).toEqual(around(1, 1, 1, 1, 1, 0))
  expect([...(inputs.view_cos?.data ?? [])]).toEqual(around(1, 0, 1, 1, 0, 0))
  const integers = (name: string) => Array.from(inputs[name]?.data ?? [], Number)
  const keys = (...tokens: number[]) => [0, 1, 2, 3, 4, 5, ...tokens.map((i) => 6 + i), 12]
  expect(integers('view_index')).toEqual(keys(5, 0))
  expect(integers('double_view_index')).toEqual(keys(2, 3))
  expect(inputs.inject_to).toEqual({ ...indices([1, 2, 4, 5]), dims: [4, 1] })
  // Rows 7, 3, 6 and 3 are tokens 1 (alone), 3, 4 (alone) and 3.
  expect(integers('inject_sources')).toEqual([1, 3, 4])
  expect(integers('alone_index')).toEqual([0, 2])
  expect(integers('alone_keys')).toEqual([6, 7, 8, 9, 10, 11])
  expect(integers('inject_from')).toEqual([3, 1, 4, 1])
})

test('without injection, one row is computed, with a weight of 0', () => {
  const control = identityControl(4)
  const positions = {
    dims: [2],
    theta: 10_000,
    text: () => [0],
    target: () => [0],
    reference: () => [1],
  }
  const inputs = {
    ...controlInputs(positions, { grid: { rows: 2, cols: 2 }, control }, 1),
    ...stepInputs(control, { latents: new Float32Array(8), sigma: 1, lambda: 0.5 }, 'F32'),
  }
  expect(inputs.inject_weight).toEqual(floats(Float32Array.of(0), 1, 1))
  expect(inputs.alone_keys).toEqual(indices([4]))
})

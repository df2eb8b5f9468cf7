import { expect, test } from 'vitest'
import { controlInputs } from '../../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
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
    injectFrom: Int32Array.of(0, 7, 0, 0, 6, 0),
  }
  const inputs = controlInputs(positions, { grid: { rows: 2, cols: 3 }, control }, 1)
  const cosines = (...ids: number[]) => ids.map((id) => expect.closeTo(Math.cos(id), 6))
  // Tokens 4 and 3 of rows of three are (1, 1) and (1, 0); 1 and 0 are (0, 1) and (0, 0).
  expect([...(inputs.double_view_cos?.data ?? [])]).toEqual(cosines(1, 1, 1, 1, 1, 0))
  expect([...(inputs.view_cos?.data ?? [])]).toEqual(cosines(1, 0, 1, 1, 0, 0))
  const integers = (name: string) => Array.from(inputs[name]?.data ?? [], Number)
  expect(integers('view_index')).toEqual([5, 0])
  expect(integers('double_view_index')).toEqual([2, 3])
  expect(integers('alone_index')).toEqual([4, 1])
  expect(integers('inject_from')).toEqual([0, 7, 0, 0, 6, 0])
})

/** `npm run bench:model`, kept alive at toy size and without Python. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { caseOf } from './bench/model/case.ts'
import { models } from './bench/model/models.ts'
import { layoutOf, weightShapes } from './bench/model/weights.ts'
import { workOf } from './bench/model/work.ts'

/** Parameters as published; teraflops of an edit's step of 512 + 4096 + 4096 tokens, by hand from the shapes. */
test.each([
  ['flux1', 11_901_408_320, 165.4],
  ['klein-4b', 3_875_544_576, 76.7],
  ['klein-9b', 9_078_581_248, 161.2],
  ['longcat', 6_270_668_864, null],
])('%s at full size has the weights and the work of the released one', (name, parameters, tera) => {
  const work = workOf((models[name] as (size: 'full') => never)('full'))
  expect(work.parameters).toBe(parameters)
  if (tera !== null) expect(work.operations / 1e12 / tera).toBeCloseTo(1, 2)
})

test('a shifted file has the same tensors, each at an odd address', () => {
  const shapes = weightShapes((models.flux1 as (size: 'toy') => never)('toy'))
  const [even, odd] = [0, 3].map((shift) => layoutOf('file', shapes, 'BF16', shift))
  expect(odd?.header.length).toBe((even?.header.length ?? 0) + 3)
  expect([...(odd?.tensors.values() ?? [])].every(({ offset }) => offset % 2 === 1)).toBe(true)
  expect(JSON.parse(String(odd?.header.subarray(8)))).toEqual(
    JSON.parse(String(even?.header.subarray(8))),
  )
})

test('the case under control moves a tenth of the picture, and hides and injects some of it', () => {
  const { feeds } = caseOf((models['klein-4b'] as (size: 'small') => never)('small'), 'F32')
  const injected = feeds.inject_to?.dims[0] ?? 0
  expect(injected / 1024).toBeGreaterThan(0.05)
  expect(injected / 1024).toBeLessThan(0.15)
  expect(feeds.double_view_index?.dims[0]).toBeLessThan(1024 + 1024 + 128)
})

test('the command measures both models, and says what is left out without PyTorch', () => {
  const main = fileURLToPath(new URL('./bench/model/main.ts', import.meta.url))
  const words = ['--size', 'toy', '--rounds', '1', '--threads', '1', '--python', '/nowhere/python']
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, ...words],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/has no PyTorch with diffusers, so only ours is measured/)
  for (const name of ['flux1', 'klein-4b']) expect(stdout).toContain(`${name}: 5 M parameters`)
  expect(stdout.match(/ours, CTI and PAA +\d+\.\d{3} s/g)).toHaveLength(2)
  expect(stdout.match(/with CTI and PAA: \d\.\d{3} x ours, plain/g)).toHaveLength(2)
})

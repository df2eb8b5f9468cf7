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

/** What the command prints at toy size. */
function measured(...words: string[]): string {
  const main = fileURLToPath(new URL('./bench/model/main.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, '--size', 'toy', '--threads', '1', ...words],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  return stdout
}

test('the command measures both models, and says what is left out without PyTorch', () => {
  const stdout = measured('--rounds', '1', '--python', '/nowhere/python')
  expect(stdout).toMatch(/has no PyTorch with diffusers, so only ours is measured/)
  for (const name of ['flux1', 'klein-4b']) expect(stdout).toContain(`${name}: 5 M parameters`)
  expect(stdout.match(/ours, CTI and PAA +\d+\.\d{3} s/g)).toHaveLength(2)
  expect(stdout.match(/with CTI and PAA: \d\.\d{3} x ours, plain/g)).toHaveLength(2)
})

test('the forms of weights have their error beside what they save', () => {
  const stdout = measured('klein-4b', '--precision', '--rounds', '1')
  // That of float32 itself is 0; bfloat16 has 8 bits of fraction, int4 three.
  const errors = [...stdout.matchAll(/error of the step (\S+), of the latents/g)].map(([, text]) =>
    Number(text),
  )
  expect(errors).toHaveLength(4)
  const [float32 = 1, bfloat16 = 1, int8 = 1, int4 = 1] = errors
  expect(float32).toBe(0)
  expect(Math.max(bfloat16, int8)).toBeLessThan(0.01)
  expect(int4).toBeGreaterThan(int8)
  expect(int4).toBeLessThan(0.1)
})

test('an edit of the region alone moves the less, the wider its margin', () => {
  const stdout = measured('klein-4b', '--tokens')
  const moved = [...stdout.matchAll(/latents of the region moved by (\S+)/g)].map(([, text]) =>
    Number(text),
  )
  expect(moved).toHaveLength(5)
  expect(moved.toSorted((a, b) => b - a)).toEqual(moved)
  // The last margin is as wide as the picture.
  expect([(moved[0] ?? 0) > 0, moved[4]]).toEqual([true, 0])
})

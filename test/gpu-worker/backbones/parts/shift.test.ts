/** Which scheduler_config.json is taken: the noise levels are computed here, and only in one way. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EmpiricalShift } from '../../../../gpu-worker/backbones/flux2/schedule.ts'
import { readShift } from '../../../../gpu-worker/backbones/parts/shift.ts'

/** As diffusers writes it. */
const config = {
  base_image_seq_len: 256,
  base_shift: 0.5,
  invert_sigmas: false,
  max_image_seq_len: 4096,
  max_shift: 1.15,
  shift: 3,
  shift_terminal: null,
  stochastic_sampling: false,
  time_shift_type: 'exponential',
  use_beta_sigmas: false,
  use_dynamic_shifting: true,
  use_exponential_sigmas: false,
  use_karras_sigmas: false,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shift-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(change: object) {
  const path = join(folder, 'scheduler_config.json')
  await writeFile(path, JSON.stringify({ ...config, ...change }))
  return readShift(path)
}

test('an exponential shift by the number of tokens is taken', async () => {
  expect(await read({})).toMatchObject({ base_shift: 0.5, max_shift: 1.15 })
  expect(EmpiricalShift.safeParse(config).success).toBe(true)
})

test.each([
  [{ use_dynamic_shifting: false }],
  [{ time_shift_type: 'linear' }],
  [{ shift_terminal: 0.02 }],
  [{ use_karras_sigmas: true }],
  [{ use_exponential_sigmas: true }],
  [{ use_beta_sigmas: true }],
  [{ invert_sigmas: true }],
  [{ stochastic_sampling: true }],
])('%j is rejected by name, for every family', async (change) => {
  const [name = ''] = Object.keys(change)
  await expect(read(change)).rejects.toThrow(new RegExp(`scheduler_config.json: ${name}: `))
  expect(EmpiricalShift.safeParse({ ...config, ...change }).success).toBe(false)
})

/** `models list`, `verify` and `inspect` on small checkpoints of every family in their real folder layouts. */

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { kontextCheckpoint } from '../../fixtures/checkpoint.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const models = (...args: string[]) => contextdrag(['models', ...args])
const detailOf = ({ stderr }: { stderr: string }): string => JSON.parse(stderr).detail

test('every model is listed with the licence of its weights', async () => {
  const { code, stdout } = await models('list')
  expect(code).toBe(0)
  const lineOf = (name: string) => {
    const lines = stdout.split('\n')
    return lines[lines.indexOf(name) + 1]
  }
  for (const name of ['flux2-klein-4b', 'flux2-klein-base-4b', 'longcat-image-edit'])
    expect(lineOf(name)).toMatch(/, Apache-2\.0$/)
  for (const name of ['flux1-kontext-dev', 'flux2-klein-9b', 'flux2-klein-base-9b'])
    expect(lineOf(name)).toMatch(/Non-Commercial License$/)
})

describe.each([
  ['flux1-kontext-dev', kontextCheckpoint, 4],
  ['flux2-klein-4b', async () => `${golden}klein`, 3],
  ['longcat-image-edit', async () => `${golden}longcat-edit`, 3],
] as const)('a checkpoint of %s', (name, checkpoint, parts) => {
  test('is found by what it looks like, or as it is called', async () => {
    const folder = await checkpoint()
    const verified = await models('verify', folder)
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(verified.stdout).toContain(`matches ${name}: all tensors are present`)
    // The checkpoints of the tests are narrower than the released ones.
    expect(verified.stdout).toMatch(/its transformer has \d+ channels, that of \S+ 3072/)
    expect(await models('verify', folder, '--model', name)).toEqual(verified)
  })

  test('is inspected: its components and the memory of an edit', async () => {
    const { code, stdout } = await models('inspect', await checkpoint())
    const lines = stdout.trim().split('\n')
    expect([code, lines.length]).toEqual([0, parts + 3])
    for (const line of lines.slice(0, parts))
      expect(line).toMatch(/^(transformer|vae|text_encoder(_2)?) +[\d.]+ M parameters, [\d.]+ GB, /)
    expect(lines[parts]).toMatch(
      /an edit at 1024 x 1024 needs about [\d.]+ GB on a CPU .* on a GPU/,
    )
    for (const [i, form] of ['int8', 'int4'].entries())
      expect(lines[parts + 1 + i]).toMatch(
        new RegExp(
          `with ${form} weights, .* has [\\d.]+ GB, and the edit needs [\\d.]+ GB on a GPU`,
        ),
      )
  })
})

test('a checkpoint of another family is rejected; of none, with the reason for each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-models-'))
  await cp(`${golden}klein`, folder, { recursive: true })
  const other = await models('verify', folder, '--model', 'longcat-image-edit')
  expect([other.code, detailOf(other)]).toEqual([2, expect.stringContaining('axes_dims_rope')])
  await rm(join(folder, 'vae'), { recursive: true })
  const none = await models('verify', folder)
  expect(none.code).toBe(2)
  expect(detailOf(none)).toMatch(
    /for flux1-kontext-dev, .*; for flux2-klein-4b, .* has neither a vae folder .*; for longcat-image-edit, .*--model/,
  )
  await rm(folder, { recursive: true })
  expect(detailOf(await models('verify', folder))).toBe(`${folder}: is missing`)
})

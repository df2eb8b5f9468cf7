/**
 * The geometry against a local evaluation set: a folder with manifest.json, plan-expected.json.gz
 * and masks, named by CONTEXTDRAG_DATA. Skipped if the variable is not set.
 */

import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CreatePlan } from '../../shared/edit/bodies.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { withModel } from '../../shared/edit/settings.ts'
import { planRequest } from '../../shared/edit/work.ts'
import { EditError } from '../../shared/errors.ts'

const folder = process.env.CONTEXTDRAG_DATA ?? ''
const present = folder !== '' && existsSync(`${folder}/plan-expected.json.gz`)

type Entry = {
  id: string
  mask: string
  width: number
  height: number
  pixelIndices: boolean
  drags: { handle: number[]; target: number[] }[]
}

async function planned(entry: Entry, options: Record<string, unknown>) {
  const shift = entry.pixelIndices ? 0.5 : 0
  const at = ([x, y]: number[]) => ({ x: (x as number) + shift, y: (y as number) + shift })
  const { 'no-pre': noPre, 'no-oam': noOam, ...rest } = options
  const request = parseRequest(CreatePlan, {
    image: { width: entry.width, height: entry.height },
    drags: entry.drags.map(({ handle, target }) => ({ handle: at(handle), target: at(target) })),
    model: 'flux1-kontext-dev',
    ...rest,
    pre: noPre !== true,
    oam: noOam !== true,
  })
  try {
    const { workingSize, plan } = await planRequest(
      request.image,
      withModel(request, 'flux1-kontext-dev'),
      readFileSync(`${folder}/${entry.mask}`),
    )
    const { grid, sourceMask, targets, sources, view, editRegion } = plan
    return { workingSize, grid, sourceMask, targets, sources, view, editRegion }
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    const index = /^\/drags\/(\d+)\/handle$/.exec(error.pointer ?? '')?.[1]
    return { error: error.code, ...(index !== undefined && { drag: Number(index) }) }
  }
}

/** Names the fields that differ, because a whole plan has thousands of numbers. */
async function expectPlan(entry: Entry, options: Record<string, unknown>, expected: unknown) {
  const got = (await planned(entry, options)) as Record<string, unknown>
  const wanted = expected as Record<string, unknown>
  const differing = Object.keys({ ...got, ...wanted }).filter(
    (key) => stable(got[key]) !== stable(wanted[key]),
  )
  expect({ options, differing }).toEqual({ options, differing: [] })
}

/** JSON with sorted keys. */
function stable(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value)
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe.skipIf(!present)('the expected integers', () => {
  const cases: { case: string; options: Record<string, unknown>; expected: unknown }[] = present
    ? JSON.parse(gunzipSync(readFileSync(`${folder}/plan-expected.json.gz`)).toString())
    : []
  const entries: Entry[] = present
    ? JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')).cases
    : []

  test.each(entries.map((entry) => [entry.id, entry] as const))(
    '%s, under every set of options',
    async (id, entry) => {
      for (const { options, expected } of cases.filter((one) => one.case === id))
        await expectPlan(entry, options, expected)
    },
  )
})

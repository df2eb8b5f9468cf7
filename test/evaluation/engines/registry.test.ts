import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiEngine } from '../../../evaluation/engines/api.ts'
import { fieldsOf } from '../../../evaluation/engines/fields.ts'
import { kindOf } from '../../../evaluation/engines/registry.ts'
import { bareResources, EngineResources } from '../../../evaluation/engines/resources.ts'
import type { EngineSpec } from '../../../evaluation/engines/spec.ts'
import { encodePicture } from '../../../evaluation/picture.ts'
import { caseOf, grey, SIZE } from '../../fixtures/evaluation/cases.ts'

const specOf = (kind: string, settings = {}, address: string | null = null): EngineSpec => ({
  kind,
  address,
  settings,
})
const { signal } = new AbortController()

describe('before a run', () => {
  test.each([
    [specOf('instnat'), /instnat is no engine; known: instant, embedded/],
    [specOf('api'), /api needs its address: --engine api:URL/],
    [specOf('instant', {}, 'x'), /instant:x: instant takes no address/],
    [specOf('embedded', { lamda: 0.3 }), /lamda/],
    [specOf('embedded', { lambda: 3 }), /lambda/],
    [specOf('instant', { lambda: 0.3 }), /instant is not a transformer/],
    [specOf('flux1-kontext-dev'), /flux1-kontext-dev needs --checkpoint flux1-kontext-dev=FOLDER/],
    [specOf('api', {}, 'here'), /api:here has no URL/],
    [specOf('api', {}, 'http://localhost:1'), /api needs a key in CONTEXTDRAG_KEY/],
    [specOf('folder', {}, '/does/not/exist'), /is no folder/],
    [specOf('folder', { seed: 1 }, '/'), /have no seed to set/],
  ])('%o is rejected', async (spec, why) => {
    await expect((async () => kindOf(spec).check(spec, bareResources))()).rejects.toThrow(why)
  })
})

describe('the fields of a request', () => {
  const saved = { lambda: 0.3, field: 'rigid', metadata: { a: 'b' }, model: 'embedded', seed: 7 }

  test('are the case below what the engine is set to, and what the model reads', async () => {
    const one = await caseOf('a', { settings: saved, prompt: 'a bird' })
    const basis = { drags: one.drags, maskKind: 'object', output: { format: 'png' } }
    expect(fieldsOf(one, 'embedded', { lambda: 0.9 }, true)).toEqual({
      ...basis,
      model: 'embedded',
      lambda: 0.9,
      seed: 7,
      prompt: 'a bird',
    })
    expect(fieldsOf(one, 'instant', {}, true)).toEqual({
      ...basis,
      model: 'instant',
      field: 'rigid',
      seed: 7,
    })
    expect(fieldsOf(one, null, {}, true)).toEqual({ ...basis, seed: 7 })
  })

  test('have a seed that is always the same, and no prompt unless it is asked for', async () => {
    const one = await caseOf('a', { mask: null, prompt: 'a bird' })
    expect(fieldsOf(one, 'embedded', {}, false)).toEqual({
      drags: one.drags,
      output: { format: 'png' },
      model: 'embedded',
      seed: 42,
    })
  })
})

test('instant edits a case in this process, twice to the same picture', async () => {
  const resources = new EngineResources(bareResources)
  const spec = specOf('instant')
  const engine = await kindOf(spec).open(spec, resources)
  const photo = grey(100)
  // A light square at the handle.
  for (let y = 26; y < 38; y++)
    for (let x = 4; x < 16; x++) photo.data.fill(230, 4 * (y * 80 + x), 4 * (y * 80 + x) + 3)
  const data = Uint8Array.from({ length: 80 * 64 }, (_, at) => {
    const [x, y] = [at % 80, Math.floor(at / 80)]
    return Number(x >= 4 && x < 16 && y >= 26 && y < 38)
  })
  const mask = { kind: 'object' as const, mask: { ...SIZE, data } }
  const one = await caseOf('a', { photo: new Uint8Array(await encodePicture(photo)), mask })
  const first = await engine.edit(one, signal)
  const at = (x: number, y: number) => first.picture.data[4 * (y * 80 + x)]
  // Moved by 40 pixels: light where it landed, grey where it was.
  expect(at(50, 32)).toBe(230)
  expect(at(10, 32)).toBe(100)
  expect(first.record).toMatchObject({ options: { seed: 42 }, warnings: [] })
  expect(first.timings).toMatchObject({ fill: expect.any(Number) })
  expect((await engine.edit(one, signal)).picture).toEqual(first.picture)
  await resources.close()
})

describe('results in a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contextdrag-results-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const open = () => {
    const spec = specOf('folder', {}, folder)
    return kindOf(spec).open(spec, new EngineResources(bareResources))
  }

  test.each(['animals/x_1.png', 'animals_x_1.png', 'x_1.png', 'animals/x_1/dragged_image.png'])(
    'are found as %s',
    async (path) => {
      await mkdir(join(folder, 'animals', 'x_1'), { recursive: true })
      await writeFile(join(folder, path), await encodePicture(grey(7)))
      const { picture, timings, record } = await (await open()).edit(
        await caseOf('animals/x_1'),
        signal,
      )
      expect(picture).toEqual(grey(7))
      expect([timings, record]).toEqual([{}, { file: path }])
    },
  )

  test('of another size are scaled to the photo’s', async () => {
    await writeFile(join(folder, 'a.png'), await encodePicture(grey(7, { width: 40, height: 40 })))
    const { picture, record } = await (await open()).edit(await caseOf('a'), signal)
    expect(picture).toEqual(grey(7))
    expect(record).toEqual({ file: 'a.png', resizedFrom: { width: 40, height: 40 } })
  })

  test('that are missing fail their case', async () => {
    await expect((await open()).edit(await caseOf('a'), signal)).rejects.toThrow(
      'the folder has no picture of this case (such as a.png)',
    )
  })
})

describe('a service', () => {
  const requests: { url: string; form: FormData | null; key: string | null }[] = []
  const serve = (status: string): typeof fetch => {
    requests.length = 0
    return async (input, init) => {
      const request = new Request(input, init)
      const form = request.method === 'POST' ? await request.formData() : null
      requests.push({ url: request.url, form, key: request.headers.get('authorization') })
      if (request.url.endsWith('/result')) return new Response(await encodePicture(grey(9)))
      const edit = { id: 'edit_1', status: form === null ? status : 'queued', model: 'instant' }
      const error = status === 'failed' ? { error: { detail: 'no luck' } } : {}
      return Response.json({ ...edit, timings: { fill: 3 }, record: { options: {} }, ...error })
    }
  }

  test('gets photo, mask and drags, and the result is its picture', async () => {
    const engine = apiEngine(
      'api',
      'http://localhost:1/',
      'cd_test',
      { field: 'rigid' },
      serve('succeeded'),
    )
    const one = await caseOf('a')
    const edited = await engine.edit(one, signal)
    expect(edited.picture).toEqual(grey(9))
    expect(edited.timings).toEqual({ fill: 3, request: expect.any(Number) })
    expect(edited.record).toMatchObject({ edit: 'edit_1', model: 'instant' })
    expect(requests.map(({ url }) => url)).toEqual([
      'http://localhost:1/v1/edits',
      'http://localhost:1/v1/edits/edit_1',
      'http://localhost:1/v1/edits/edit_1/result',
    ])
    const form = requests[0]?.form
    expect(JSON.parse(String(form?.get('drags')))).toEqual(one.drags)
    expect([form?.get('maskKind'), form?.get('field'), form?.get('model')]).toEqual([
      'object',
      'rigid',
      null,
    ])
    const image = form?.get('image')
    if (!(image instanceof Blob)) throw new Error('the photo is no file')
    expect(new Uint8Array(await image.arrayBuffer())).toEqual(one.photo)
    expect(requests[0]?.key).toBe('Bearer cd_test')
  })

  test('that fails an edit fails its case, with its reason', async () => {
    const engine = apiEngine('api', 'http://localhost:1', 'cd_test', {}, serve('failed'))
    await expect(engine.edit(await caseOf('a'), signal)).rejects.toThrow(
      'edit edit_1 is failed: no luck',
    )
  })
})

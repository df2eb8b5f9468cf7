/** What is done again, and what is not. */

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Benchmark } from '../../../evaluation/case.ts'
import type { EvaluatedEngine } from '../../../evaluation/engine.ts'
import type { Metric } from '../../../evaluation/metric.ts'
import { encodePicture } from '../../../evaluation/picture.ts'
import type { Evaluation } from '../../../evaluation/run/run.ts'
import { Store } from '../../../evaluation/run/store.ts'
import { brightness, caseOf, grey, painter } from '../../fixtures/evaluation/cases.ts'
import { benchmark, smallRuns } from '../../fixtures/evaluation/small-run.ts'

const { at, run } = smallRuns()

describe('a run that goes on', () => {
  test('does nothing again that is done, until what makes a result changes', async () => {
    const [one, two] = [await caseOf('one'), await caseOf('two')]
    const { engine, edited } = painter('instant', () => 40)
    const { metric, measured } = brightness()
    const again = (cases: Benchmark, more: Partial<Evaluation> = {}) =>
      run(cases, { instant: engine }, [metric], more)
    await again(benchmark(one, two))
    expect((await again(benchmark(one, two))).told).toEqual([0, 2, 2, 0])
    expect([edited, measured]).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ])
    // A case that says something else, an option, another release.
    await again(benchmark(one, { ...two, drags: [...two.drags, ...two.drags] }))
    expect(edited.splice(0)).toEqual(['one', 'two', 'two'])
    await again(benchmark(one), { options: { sam: 'elsewhere' } })
    await again(benchmark(one), { release: '2' })
    await again(benchmark(one), { release: '2' })
    expect(edited).toEqual(['one', 'one'])
  })

  test('measures what a new metric has not seen, without an edit', async () => {
    const cases = benchmark(await caseOf('one'))
    const { engine, edited } = painter('instant', () => 40)
    const [first, second] = [brightness('first'), brightness('second')]
    await run(cases, { instant: engine }, [first.metric])
    const { store } = await run(cases, { instant: engine }, [first.metric, second.metric])
    expect([edited, first.measured, second.measured]).toEqual([['one'], ['one'], ['one']])
    const result = await store.readResult('instant', { benchmark: 'small', id: 'one' })
    expect(Object.keys(result?.metrics ?? {})).toEqual(['first', 'second'])
  })

  test('measures again what was measured with other weights, or asked of another judge', async () => {
    const cases = benchmark(await caseOf('one'))
    const { engine, edited } = painter('instant', () => 40)
    const [one, other] = [brightness('judge'), brightness('judge')]
    await run(cases, { instant: engine }, [{ ...one.metric, by: 'one judge' }])
    const asked = { ...other.metric, by: 'another judge' }
    await run(cases, { instant: engine }, [asked])
    const { store } = await run(cases, { instant: engine }, [asked])
    expect([edited, one.measured, other.measured]).toEqual([['one'], ['one'], ['one']])
    const result = await store.readResult('instant', { benchmark: 'small', id: 'one' })
    expect(result?.metrics.judge).toMatchObject({ by: 'another judge' })
    expect((await store.readRun()).metrics).toMatchObject([{ name: 'judge', by: 'another judge' }])
  })

  test.each([
    [{ edits: true, metrics: [] }, 2, 2, 2],
    [{ edits: false, metrics: ['second'] }, 1, 1, 2],
    [{ edits: false, metrics: 'all' as const }, 1, 2, 2],
  ])('does %o again if asked to', async (again, edits, firsts, seconds) => {
    const cases = benchmark(await caseOf('one'))
    const { engine, edited } = painter('instant', () => 40)
    const [first, second] = [brightness('first'), brightness('second')]
    const metrics = [first.metric, second.metric]
    await run(cases, { instant: engine }, metrics)
    await run(cases, { instant: engine }, metrics, { again })
    expect([edited.length, first.measured.length, second.measured.length]).toEqual([
      edits,
      firsts,
      seconds,
    ])
  })

  test('makes again what lost its picture', async () => {
    const cases = benchmark(await caseOf('one'))
    const { engine, edited } = painter('instant', () => 40)
    await run(cases, { instant: engine }, [])
    await rm(join(at.folder, 'results/instant/small/one.png'))
    await run(cases, { instant: engine }, [brightness().metric])
    expect(edited).toEqual(['one', 'one'])
    // Or has another one than it says.
    await writeFile(join(at.folder, 'results/instant/small/one.png'), await encodePicture(grey(1)))
    await run(cases, { instant: engine }, [brightness('other').metric])
    expect(edited).toEqual(['one', 'one', 'one'])
  })

  test('reads what an engine moved again, and edits again where that is lost', async () => {
    const cases = benchmark(await caseOf('one'))
    const painted = painter('instant', () => 40)
    // Odd sides, single pixels and no thing at the end: all of it comes back.
    const size = { width: 79, height: 63 }
    const data = Uint8Array.from({ length: 79 * 63 }, (_, at) => Number(at % 7 === 0 || at < 300))
    const engine: EvaluatedEngine = {
      ...painted.engine,
      edit: async (one, at) => ({
        ...(await painted.engine.edit(one, at)),
        moved: { ...size, data },
      }),
    }
    const seen: unknown[] = []
    const metric: Metric = {
      ...brightness('halo').metric,
      async measure({ edited }) {
        seen.push(edited.moved)
        return edited.moved === undefined ? {} : { level: 1 }
      },
    }
    const again = { edits: false, metrics: ['halo'] }
    await run(cases, { instant: engine }, [metric])
    const { store } = await run(cases, { instant: engine }, [metric], { again })
    expect(painted.edited).toEqual(['one'])
    expect(seen).toEqual([
      { ...size, data },
      { ...size, data },
    ])
    const named = { benchmark: 'small', id: 'one' }
    expect((await store.readResult('instant', named))?.metrics.halo).toMatchObject({
      values: { level: 1 },
    })
    // As an older release leaves it, or a full disk.
    const file = join(at.folder, 'moved/instant/small/one.png')
    await rm(file)
    await run(cases, { instant: engine }, [metric], { again })
    await writeFile(file, '')
    await run(cases, { instant: engine }, [metric], { again })
    expect(painted.edited).toEqual(['one', 'one', 'one'])
    expect(seen[3]).toEqual({ ...size, data })
  })

  test('makes again what has a damaged record', async () => {
    const cases = benchmark(await caseOf('one'))
    const { engine, edited } = painter('instant', () => 40)
    await run(cases, { instant: engine }, [])
    const file = join(at.folder, 'results/instant/small/one.json')
    await writeFile(file, '')
    const named = { benchmark: 'small', id: 'one' }
    expect(await new Store(at.folder).readResult('instant', named)).toBeNull()
    const { store } = await run(cases, { instant: engine }, [])
    expect(edited).toEqual(['one', 'one'])
    expect(await store.readResult('instant', named)).toMatchObject({ error: null })
  })
})

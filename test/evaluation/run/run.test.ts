import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EvaluatedEngine } from '../../../evaluation/engine.ts'
import { bareResources } from '../../../evaluation/engines/resources.ts'
import type { Metric } from '../../../evaluation/metric.ts'
import { encodePicture } from '../../../evaluation/picture.ts'
import type { Outcome } from '../../../evaluation/run/evaluator.ts'
import { openWorkers } from '../../../evaluation/run/pool.ts'
import { type Evaluation, evaluate } from '../../../evaluation/run/run.ts'
import { Store } from '../../../evaluation/run/store.ts'
import { brightness, caseOf, grey, painter } from '../../fixtures/evaluation/cases.ts'
import { benchmark, NOTHING, smallRuns, spec } from '../../fixtures/evaluation/small-run.ts'

const { at, run } = smallRuns()

describe('a run', () => {
  test('writes each result with what made it, its picture and its measurements', async () => {
    const cases = benchmark(await caseOf('a/1'))
    const { engine } = painter('instant', () => 40)
    const { store, outcomes, told } = await run(cases, { instant: engine }, [brightness().metric])
    expect(outcomes).toEqual([
      { benchmark: 'small', id: 'a/1', engine: 'instant', error: null, unmeasured: [] },
    ])
    expect(told).toEqual([1, 0, 1, 0])
    const result = await store.readResult('instant', { benchmark: 'small', id: 'a/1' })
    expect(result).toMatchObject({
      error: null,
      timings: { paint: 2 },
      record: { level: 40 },
      metrics: { brightness: { values: { level: 40 } } },
    })
    const png = await readFile(join(at.folder, 'results/instant/small/a/1.png'))
    expect(png).toEqual(await encodePicture(grey(40)))
    const files = await readdir(at.folder, { recursive: true })
    expect(files).toContain('pictures/cases/small/a/1.webp')
    expect(files).toContain('pictures/results/instant/small/a/1.webp')
    expect(files.filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('keeps what a case counts, and adds up what the metrics used, over all runs', async () => {
    const { engine } = painter('instant', () => 40)
    const { metric, measured } = brightness('judge')
    const judge: Metric = { ...metric, weight: () => 3, totals: () => ({ asked: measured.length }) }
    await run(benchmark(await caseOf('one')), { instant: engine }, [judge])
    measured.length = 0
    const { store } = await run(
      benchmark(await caseOf('one'), await caseOf('two'), await caseOf('three')),
      { instant: engine },
      [judge],
    )
    const result = await store.readResult('instant', { benchmark: 'small', id: 'two' })
    expect(result?.metrics.judge).toMatchObject({ values: { level: 40 }, weight: 3 })
    expect((await store.readRun()).totals).toEqual({ judge: { asked: 3 } })
  })

  test('records what fails, goes on, and tries it again the next time', async () => {
    const cases = benchmark(
      await caseOf('one'),
      { id: 'odd', fault: 'it is odd' },
      await caseOf('two'),
    )
    let broken = true
    const { engine } = painter('instant', () => 40)
    const failing: EvaluatedEngine = {
      ...engine,
      edit: (one, signal) =>
        broken && one.id === 'one'
          ? Promise.reject(new Error('no luck'))
          : engine.edit(one, signal),
    }
    const { metric } = brightness()
    const unsure: Metric = {
      ...metric,
      name: 'unsure',
      measure: async () => (broken ? { level: Number.NaN } : { level: 1 }),
    }
    const first = await run(cases, { instant: failing }, [metric, unsure])
    expect(first.outcomes).toMatchObject([
      { id: 'one', error: 'no luck', unmeasured: [] },
      { id: 'two', error: null, unmeasured: ['unsure'] },
    ])
    expect(first.record.faults).toEqual([{ benchmark: 'small', id: 'odd', fault: 'it is odd' }])
    const named = { benchmark: 'small', id: 'two' }
    expect((await first.store.readResult('instant', named))?.metrics.unsure).toEqual({
      error: 'level is NaN',
    })
    broken = false
    const second = await run(cases, { instant: failing }, [metric, unsure])
    expect(second.outcomes).toMatchObject([
      { id: 'one', error: null },
      { id: 'two', error: null, unmeasured: [] },
    ])
  })

  test('two benchmarks of one name are rejected before anything is edited', async () => {
    const { engine, edited } = painter('instant', () => 40)
    const benchmarks = [benchmark(await caseOf('one')), benchmark(await caseOf('one'))]
    const both = run(benchmark(), { instant: engine }, [], { benchmarks })
    await expect(both).rejects.toMatchObject({
      code: 'invalid_request',
      pointer: '/bench',
      message: expect.stringMatching(/^two benchmarks are called small: /),
    })
    expect([edited, await readdir(at.folder)]).toEqual([[], []])
  })

  test('a result of another size than the photo is a failure', async () => {
    const { engine } = painter('instant', () => 40)
    const wrong = {
      ...engine,
      edit: async () => ({ picture: grey(1, { width: 8, height: 9 }), timings: {}, record: {} }),
    }
    const { outcomes } = await run(benchmark(await caseOf('one')), { instant: wrong }, [])
    expect(outcomes[0]?.error).toBe('the result is 8x9, the photo 80x64')
  })

  test('a photo that is damaged behind its header fails its case, and no other', async () => {
    const [one, two] = [await caseOf('one'), await caseOf('two')]
    const photo = one.photo.slice(0, one.photo.length / 2)
    const { engine } = painter('instant', () => 40)
    const { outcomes, store } = await run(
      benchmark({ ...one, photo }, two),
      { instant: engine },
      [],
    )
    const error = expect.stringMatching(/^the photo cannot be decoded: /)
    expect(outcomes).toMatchObject([
      { id: 'one', error },
      { id: 'two', error: null },
    ])
    const named = { benchmark: 'small', id: 'one' }
    expect(await store.readResult('instant', named)).toMatchObject({ error, picture: null })
  })

  test('an engine that cannot be opened fails its cases, and no others', async () => {
    const { engine } = painter('instant', () => 40)
    const cases = benchmark(await caseOf('one'))
    const specs = [spec('embedded'), spec('instant')]
    const { outcomes } = await run(cases, { instant: engine }, [], { specs })
    expect(outcomes).toMatchObject([
      { engine: 'embedded', error: 'no embedded' },
      { engine: 'instant', error: null },
    ])
  })

  test('that is stopped keeps what is done, and records no failure', async () => {
    const cases = benchmark(await caseOf('one'), await caseOf('two'), await caseOf('three'))
    const abort = new AbortController()
    const { engine, edited } = painter('instant', () => 40)
    const stopping: EvaluatedEngine = {
      ...engine,
      async edit(one, signal) {
        if (one.id === 'two' && edited.length === 1) abort.abort(new Error('stopped'))
        signal.throwIfAborted()
        return engine.edit(one, signal)
      },
    }
    const { metric } = brightness()
    await expect(run(cases, { instant: stopping }, [metric], {}, abort.signal)).rejects.toThrow(
      'stopped',
    )
    expect(edited).toEqual(['one'])
    const store = new Store(at.folder)
    expect(await store.readResult('instant', { benchmark: 'small', id: 'two' })).toBeNull()
    await run(cases, { instant: engine }, [metric])
    expect(edited).toEqual(['one', 'two', 'three'])
  })

  test('takes so many cases, evenly, or those that are named', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => caseOf(id)))
    const { engine, edited } = painter('instant', () => 40)
    await run(benchmark(...all), { instant: engine }, [], { limit: 2 })
    expect(edited.splice(0)).toEqual(['b', 'e'])
    await run(benchmark(...all), { instant: engine }, [], { only: ['small/a', '/f'] })
    expect(edited).toEqual(['a', 'f'])
  })
})

test('names of cases and engines become names of files, each its own', async () => {
  const { engine } = painter('instant', () => 40)
  const odd = ['..', '../up', 'a b', 'a_b', 'A:b', `${'long'.repeat(60)}`]
  const cases = benchmark(...(await Promise.all(odd.map((id) => caseOf(id)))))
  const { store } = await run(cases, { instant: engine }, [])
  for (const id of odd)
    expect(await store.readResult('instant', { benchmark: 'small', id })).toMatchObject({ id })
  const files = await readdir(join(at.folder, 'results'), { recursive: true })
  expect(files.filter((name) => name.endsWith('.png')).length).toBe(odd.length)
})

test('two threads share the work; one that is stopped leaves the rest to the next', async () => {
  const results = join(at.folder, 'made-elsewhere')
  const ids = Array.from({ length: 10 }, (_, i) => `case-${i}`)
  const all = await Promise.all(ids.map((id) => caseOf(id)))
  const store = new Store(at.folder)
  for (const id of ids) await store.write(`made-elsewhere/${id}.png`, await encodePicture(grey(3)))
  await writeFile(join(results, 'case-1.png'), 'no picture')
  const evaluation: Evaluation = {
    store,
    benchmarks: [benchmark(...all)],
    specs: [{ kind: 'folder', address: results, settings: {} }],
    limit: null,
    only: [],
    again: NOTHING,
    release: '1',
    options: {},
  }
  const session = { provider: 'cpu' as const, threads: 1 }
  const metrics = { session, dragBack: false, sam: 'none' }
  const open = () =>
    openWorkers(2, { folder: at.folder, resources: bareResources, metrics, again: NOTHING })
  const abort = new AbortController()
  const stopped: Outcome[] = []
  const stopping = {
    start: () => {},
    outcome(one: Outcome) {
      stopped.push(one)
      abort.abort(new Error('stopped'))
    },
  }
  await expect(evaluate(evaluation, open, stopping, abort.signal)).rejects.toThrow('stopped')
  expect(stopped.length).toBeLessThan(ids.length)

  const outcomes: Outcome[] = []
  const watcher = { start: () => {}, outcome: (one: Outcome) => outcomes.push(one) }
  const record = await evaluate(evaluation, open, watcher, new AbortController().signal)
  expect(record.metrics.map(({ name }) => name)).toContain('background')
  expect(outcomes.map(({ id }) => id).sort()).toEqual([...ids].sort())
  expect(outcomes.filter(({ error }) => error !== null).map(({ id }) => id)).toEqual(['case-1'])
  const name = { benchmark: 'small', id: 'case-9' }
  expect(await store.readResult(`folder:${results}`, name)).toMatchObject({ error: null })
})

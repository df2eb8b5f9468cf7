import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'
import { LazySession } from '../../../gpu-worker/onnx/lazy-session.ts'
import { linear, stopPoint } from '../../../gpu-worker/onnx/ops.ts'
import { Session, STOP_INPUT } from '../../../gpu-worker/onnx/session.ts'
import { floats, shared } from '../../../gpu-worker/onnx/tensor.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { load, maxDifference, rows } from '../../fixtures/graphs.ts'
import { sized } from '../../size.ts'

async function weightsFile(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'weights.safetensors')
  const tensors = [
    { name: 'odd', dims: [1], data: Float32Array.of(9) },
    { name: 'w', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ]
  await writeFile(file, writeSafetensors(tensors))
  return file
}

async function linearSession(file: string): Promise<Session> {
  const tensors = await readSafetensors(file)
  const g = new Graph()
  const x = g.input('x', 'F32', ['S', 3])
  const weight = tensors.get('w')
  if (weight === undefined) throw new Error('the file has no w')
  g.output('y', linear(g, x, g.weight('w', weight), null), 'F32', ['S', 2])
  return load(g.finish())
}

test('weights are read in place from the safetensors file, also through a symlink', async () => {
  const file = await weightsFile()
  const link = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'link.safetensors')
  await symlink(file, link)
  for (const path of [file, link]) {
    const session = await linearSession(path)
    const { outputs } = await session.run({ x: rows([1, 0, 0], [0, 1, 1]) })
    expect(outputs.y).toEqual({ type: 'F32', dims: [2, 2], data: Float32Array.of(1, 4, 5, 11) })
  }
})

test('runs finish in order, each with its own result', async () => {
  const session = await linearSession(await weightsFile())
  const results = await Promise.all([1, 2, 3].map((k) => session.run({ x: rows([k, 0, 0]) })))
  expect(results.map(({ outputs }) => outputs.y?.data[0])).toEqual([1, 2, 3])
})

test('the event loop is not blocked while a graph runs', async () => {
  const g = new Graph()
  let x = g.input('x', 'F32', [700, 700])
  for (let i = 0; i < 12; i++) x = g.node('MatMul', [x, x])
  g.output('y', x, 'F32', [700, 700])
  const session = await load(g.finish())
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const { milliseconds } = await session.run({
    x: floats(new Float32Array(490_000).fill(1e-3), 700, 700),
  })
  clearInterval(timer)
  expect(milliseconds).toBeGreaterThan(5)
  expect(ticks).toBeGreaterThan(milliseconds / 20)
})

test('an invalid graph, a wrong input and a missing provider are errors', async () => {
  await expect(Session.create(Uint8Array.of(1, 2, 3), { provider: 'cpu' })).rejects.toThrow()
  const session = await linearSession(await weightsFile())
  await expect(session.run({ x: rows([1, 2]) })).rejects.toThrow(/x/)
  await expect(session.run({})).rejects.toThrow()
  const { outputs } = await session.run({ x: rows([1, 0, 0]) })
  expect(outputs.y?.data[1]).toBe(4)
})

test('closing a session rejects pending and later runs', async () => {
  const session = await linearSession(await weightsFile())
  const waiting = session.run({ x: rows([1, 0, 0]) }).catch((error: Error) => error.message)
  await session.close()
  expect(await waiting).toMatch(/closed/)
  await expect(session.run({ x: rows([1, 0, 0]) })).rejects.toThrow(/closed/)
})

test('closing during a run is safe', async () => {
  const g = new Graph()
  let x = g.input('x', 'F32', [300, 300])
  for (let i = 0; i < 12; i++) x = g.node('MatMul', [x, x])
  g.output('y', x, 'F32', [300, 300])
  const model = g.finish()
  const input = floats(new Float32Array(90_000).fill(1e-3), 300, 300)
  for (let milliseconds = 0; milliseconds < 20; milliseconds += sized(4, 1)) {
    const session = await load(model)
    const runs = [1, 2].map(() => session.run({ x: input }).catch((error: Error) => error.message))
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    await session.close()
    for (const run of runs) expect(['string', 'object']).toContain(typeof (await run))
  }
})

test('a lazy session is loaded by a run, released unless kept, and retried after a failure', async () => {
  const g = new Graph()
  const x = g.input('x', 'F32', ['S', 2])
  g.output('y', g.node('Add', [x, x]), 'F32', ['S', 2])
  const model = g.finish()
  for (const [keep, loads] of [
    [true, 1],
    [false, 2],
  ] as const) {
    let emitted = 0
    const emit = () => {
      emitted++
      return model
    }
    const session = new LazySession(emit, { provider: 'cpu' }, keep)
    expect(emitted).toBe(0)
    for (let i = 0; i < 2; i++) {
      const { outputs } = await session.run({ x: rows([1, 2]) })
      expect(outputs.y?.data).toEqual(Float32Array.of(2, 4))
      await session.release()
    }
    expect(emitted).toBe(loads)
    await session.close()
  }
  let broken = true
  const flaky = new LazySession(
    () => (broken ? Uint8Array.of(1) : model),
    { provider: 'cpu' },
    true,
  )
  await expect(flaky.run({ x: rows([1, 2]) })).rejects.toThrow()
  broken = false
  expect((await flaky.run({ x: rows([1, 2]) })).outputs.y?.data[0]).toBe(2)
  await flaky.close()
})

describe('a graph with stop points', () => {
  const size = 400
  const x = floats(new Float32Array(size * size).fill(1 / size), size, size)
  /** Multiplies x by itself again and again, with a stop point after each product. */
  async function products(count: number): Promise<Session> {
    const g = new Graph()
    let product = g.input('x', 'F32', [size, size])
    const stop = g.input(STOP_INPUT, 'I64', [])
    for (let i = 0; i < count; i++)
      product = stopPoint(g, g.node('MatMul', [product, product]), stop)
    g.output('y', product, 'F32', [size, size])
    return load(g.finish())
  }

  test('runs to its end without a signal, and with one that is not aborted', async () => {
    const session = await products(3)
    for (const signal of [undefined, new AbortController().signal]) {
      const { outputs } = await session.run({ x }, signal)
      expect(outputs.y?.data[7]).toBeCloseTo(1 / size, 6)
    }
  })

  test('ends in the middle when the signal is aborted, with its reason; the next run is not affected', async () => {
    const session = await products(500)
    const abort = new AbortController()
    const running = session.run({ x }, abort.signal)
    const queued = session.run({ x }, abort.signal)
    setTimeout(() => abort.abort(new Error('no longer needed')), 20)
    // The whole run takes seconds: it is aborted far from its end.
    await expect(running).rejects.toThrow('no longer needed')
    await expect(queued).rejects.toThrow('no longer needed')
    await expect(session.run({ x }, abort.signal)).rejects.toThrow('no longer needed')
    const short = await products(1)
    expect((await short.run({ x }, new AbortController().signal)).outputs.y?.dims).toEqual([
      400, 400,
    ])
  })

  test('an error of the graph is not taken for the end of an aborted run', async () => {
    const session = await products(1)
    await expect(session.run({}, new AbortController().signal)).rejects.toThrow(/x/)
  })
})

test('packed weights and inputs in shared memory give the same product', async () => {
  const g = new Graph()
  const numbers = (seed: number, ...dims: [number, number]) =>
    floats(gaussianNoise(seed, dims[0] * dims[1]), ...dims)
  const [x, weight] = [numbers(1, 40, 64), numbers(2, 48, 64)]
  g.output(
    'out',
    linear(g, g.input('x', 'F32', [40, 64]), g.constant(weight), null),
    'F32',
    [40, 48],
  )
  const inputs = shared({ x })
  expect(inputs.x?.data.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect([...(inputs.x?.data ?? [])]).toEqual([...x.data])
  const packed = await Session.create(g.finish(), { provider: 'cpu', threads: 1, packed: true })
  const { outputs } = await packed.run(inputs)
  const wanted = Array.from({ length: 40 * 48 }, (_, i) => {
    const [row, col] = [Math.floor(i / 48), i % 48]
    return x.data
      .slice(64 * row, 64 * (row + 1))
      .reduce((sum, value, k) => sum + value * (weight.data[64 * col + k] as number), 0)
  })
  expect(maxDifference(outputs.out?.data as Float32Array, wanted)).toBeLessThan(1e-4)
  await packed.close()
})

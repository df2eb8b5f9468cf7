/**
 * Arguments shared by several commands: drags and the options of the geometry. Knows nothing
 * of the commands themselves.
 */

import { type Command, Option } from 'commander'
import { EditError } from '../shared/errors.ts'

/** Option values as commander parses them. */
export type PlanArguments = {
  readonly drag?: readonly string[]
  readonly move?: readonly string[]
  readonly mask?: string
  readonly affects?: string
  readonly maskKind: 'object' | 'editable'
  readonly model?: string
  readonly profile: string
  readonly scope?: string
  readonly power?: number
  readonly strategy?: string
  readonly view?: string
  readonly pre: boolean
  readonly preBlocks?: string
  readonly oam: boolean
  readonly vacated?: string
  readonly rim?: string
  readonly border?: number
  readonly workingArea?: string
}

/**
 * Adds the options of the geometry. The request schemas validate their values.
 *
 * @param defaultModel null where it depends on other options
 */
export function addPlanOptions(command: Command, defaultModel: string | null): Command {
  return command
    .option(
      '--drag <x,y:x,y>',
      'handle and target in pixels of the image; equal points make a pin (repeatable)',
      collect,
    )
    .option(
      '--move <box:box[@degrees]>',
      'moves the thing in one box to another: top,left,bottom,right:top,left,bottom,right, from 0 to 1000 over the photo, and a turn clockwise (repeatable)',
      collect,
    )
    .option(
      '--mask <file>',
      'PNG, white on what moves; without it, edit finds the things at the handles',
    )
    .option(
      '--affects <file>',
      'PNG, white on what changes with the thing but is no part of it: its shadow, its reflection',
    )
    .addOption(
      new Option(
        '--mask-kind <kind>',
        'object: white on what moves; editable: white on what may change',
      )
        .choices(['object', 'editable'])
        .default('object'),
    )
    .option('--model <name>', 'what makes the picture', defaultModel ?? undefined)
    .addOption(
      new Option(
        '--profile <name>',
        'default: the recommended settings; paper: the settings of the paper',
      ).default('default'),
    )
    .option(
      '--scope <kind>',
      'component: each connected part of the mask moves with its own drags; thing: each colour except black does; global: the whole mask moves with all drags',
    )
    .option(
      '--power <number>',
      'how much nearer drags count more: exponent of the distance, up to 16 (paper: 2)',
      Number,
    )
    .option('--strategy <name>', 'reverse-user, forward-source or reverse-inferred')
    .option('--view <kind>', 'gather or scatter')
    .option('--no-pre', 'turn positional re-encoding off')
    .option('--pre-blocks <blocks>', 'which blocks re-encode positions: single or all')
    .option('--no-oam', 'turn the overlap-aware mask off')
    .option('--vacated <keys>', 'what was where a thing leaves: drop, keep or paper')
    .option('--rim <keys>', 'what a thing only touches: keep or clear')
    .option('--border <tokens>', 'width of the edit region around what moves, 0 to 8', Number)
    .option('--working-area <kind>', 'what goes to the backbone: photo, region or auto')
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

/** The arguments as fields of a request, without the options that were not given. */
export function planFields(args: PlanArguments): Record<string, unknown> {
  const { model, profile, scope, power, strategy, view, pre, oam, border, workingArea } = args
  const { preBlocks, vacated, rim } = args
  return given({
    drags: (args.drag ?? []).map(parseDrag),
    moves: args.move?.map(parseMove),
    model,
    profile,
    scope,
    power,
    strategy,
    view,
    pre,
    preBlocks,
    oam,
    vacated,
    rim,
    border,
    workingArea,
  })
}

/** Removes fields that are undefined. */
export function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Parses `TOP,LEFT,BOTTOM,RIGHT:TOP,LEFT,BOTTOM,RIGHT@DEGREES` as a move; the turn may be left out. */
function parseMove(text: string, index: number): unknown {
  const number = '[^,:@\\s]+'
  const box = `(${number}(?:,${number}){3})`
  const match = new RegExp(`^${box}:${box}(?:@(${number}))?$`).exec(text.replaceAll(' ', ''))
  if (match === null)
    throw new EditError(
      'invalid_request',
      `--move ${JSON.stringify(text)} does not have the form TOP,LEFT,BOTTOM,RIGHT:TOP,LEFT,BOTTOM,RIGHT or the same with @DEGREES`,
      { pointer: `/moves/${index}` },
    )
  const [, from = '', to = '', degrees] = match
  const numbers = (list: string) => list.split(',').map(Number)
  return { from: numbers(from), to: numbers(to), rotate: degrees && Number(degrees) }
}

/** Parses `X,Y:X,Y` as a drag. */
function parseDrag(text: string, index: number): unknown {
  const number = '\\s*([^,:\\s]+)\\s*'
  const match = new RegExp(`^${number},${number}:${number},${number}$`).exec(text)
  if (match === null)
    throw new EditError(
      'invalid_request',
      `--drag ${JSON.stringify(text)} does not have the form X,Y:X,Y`,
      {
        pointer: `/drags/${index}`,
      },
    )
  const [hx, hy, tx, ty] = match.slice(1).map(Number)
  return { handle: { x: hx, y: hy }, target: { x: tx, y: ty } }
}

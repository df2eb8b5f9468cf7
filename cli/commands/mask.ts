/**
 * `contextdrag mask`: finds a thing in a photo from clicks, strokes and boxes, by colour or, with
 * `--sam`, with SAM.
 */

import type { Command } from 'commander'
import { maskPng } from '../../gpu-worker/photo/mask-png.ts'
import { smallPixels } from '../../gpu-worker/photo/small-pixels.ts'
import type { Point, Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import type { Stroke } from '../../shared/segmentation/seeds.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import { prepareOutput, readMask, readPhoto, writeOutput } from '../files.ts'
import { openSam, SAM_ARGUMENT } from '../sam.ts'

type MaskArguments = {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly box?: string
  readonly within?: string
  readonly sam?: string
  readonly refine?: string
  readonly candidate?: string
  readonly out: string
}

const collect = (value: string, previous: readonly string[]) => [...previous, value]

export function addMaskCommand(program: Command): void {
  program
    .command('mask')
    .argument('<image>', 'the photo, a file or s3://bucket/key')
    .description('Find the mask of a thing in a photo.')
    .option(
      '--add <x,y[:x,y...]>',
      'a click on the thing, or a stroke over it (repeatable)',
      collect,
      [],
    )
    .option(
      '--remove <x,y[:x,y...]>',
      'a click or stroke outside the thing (repeatable)',
      collect,
      [],
    )
    .option('--box <left,top,right,bottom>', 'a box drawn closely around the thing')
    .option('--within <mask.png>', 'a mask that contains the thing, such as an editable mask')
    .option('--sam <folder>', SAM_ARGUMENT)
    .option(
      '--candidate <n>',
      'with --sam and one click: the n-th of the masks that the click may mean, smallest first',
    )
    .option('--refine <mask.png>', 'a rough mask whose outline SAM corrects')
    .option('--out <file>', 'the file to write the mask to', 'mask.png')
    .action(mask)
}

async function mask(path: string, args: MaskArguments): Promise<void> {
  const { bytes, header } = await readPhoto(path)
  await prepareOutput(args.out, '/out')
  if (args.candidate !== undefined && args.sam === undefined)
    reject('--candidate needs SAM: pass --sam', '/candidate')
  const all =
    args.sam === undefined
      ? [await byColours(bytes, header, args)]
      : await bySam(bytes, args.sam, args)
  const found = all[nth(args.candidate, all.length)] as Mask
  await writeOutput(args.out, '/out', await maskPng(found), 'image/png')
  const { width, height } = found
  const answer = {
    out: args.out,
    width,
    height,
    covered: coveredBy(found),
    ...(args.candidate !== undefined && { candidates: all.map(coveredBy) }),
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** The part of the photo that a mask covers, to four digits. */
function coveredBy({ data }: Mask): number {
  return Math.round((1e4 * data.reduce((sum, value) => sum + value, 0)) / data.length) / 1e4
}

/** The index of the n-th of so many candidates, counted from 1. */
function nth(text: string | undefined, count: number): number {
  if (text === undefined) return 0
  const [n] = numbers(text, 1, '/candidate') as [number]
  if (!Number.isInteger(n) || n < 1 || n > count)
    reject(`--candidate ${n} does not exist: there are ${count}, counted from 1`, '/candidate')
  return n - 1
}

async function byColours(photo: Uint8Array, size: Size, args: MaskArguments): Promise<Mask> {
  if (args.refine !== undefined) reject('--refine needs SAM: pass --sam', '/refine')
  if (args.add.length === 0) reject('mark the thing with --add', '/add')
  const pixels = await smallPixels(photo)
  const scale = pixels.width / size.width
  const strokes = (texts: readonly string[], pointer: string) =>
    texts.map((text): Stroke => ({ points: pointsOf(text, pointer, scale), radius: RADIUS }))
  return new Segmenter(pixels).segment({
    add: strokes(args.add, '/add'),
    remove: strokes(args.remove, '/remove'),
    ...(args.box !== undefined && { box: boxOf(args.box, scale) }),
    ...(args.within !== undefined && {
      within: await decodePngMask(await readMask(args.within, '/within')),
    }),
  })
}

/** SAM takes points and a box, so a stroke is passed as its points. */
async function bySam(photo: Uint8Array, setting: string, args: MaskArguments): Promise<Mask[]> {
  if (args.within !== undefined)
    reject('--sam takes --add, --remove, --box or --refine, not --within', '/within')
  const rough = args.refine === undefined ? null : await readMask(args.refine, '/refine')
  const box = args.box === undefined ? null : boxOf(args.box, 1)
  const prompts = (texts: readonly string[], on: boolean, pointer: string) =>
    texts.flatMap((text) => pointsOf(text, pointer).map((point) => ({ ...point, on })))
  const points = [...prompts(args.add, true, '/add'), ...prompts(args.remove, false, '/remove')]
  if (rough === null && box === null && args.add.length === 0)
    reject('mark the thing with --add or --box', '/add')
  const sam = await openSam(setting)
  try {
    if (rough !== null) return [await sam.refine(photo, await decodePngMask(rough))]
    const prompt = { points, box }
    const found =
      args.candidate === undefined
        ? [await sam.find(photo, prompt)]
        : await sam.candidates(photo, prompt)
    return found.map(({ mask }) => mask)
  } finally {
    await sam.close()
  }
}

function reject(detail: string, pointer: string): never {
  throw new EditError('invalid_request', detail, { pointer })
}

/** Radius of clicks and strokes, in pixels of the reduced photo. */
const RADIUS = 2

function numbers(text: string, count: number, pointer: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (values.length !== count || !values.every(Number.isFinite))
    reject(`${JSON.stringify(text)} is not a list of ${count} numbers`, pointer)
  return values
}

function pointsOf(text: string, pointer: string, scale = 1): Point[] {
  return text.split(':').map((part) => {
    const [x, y] = numbers(part, 2, pointer) as [number, number]
    return { x: x * scale, y: y * scale }
  })
}

function boxOf(text: string, scale: number): Rectangle {
  const [left, top, right, bottom] = numbers(text, 4, '/box').map((value) => value * scale) as [
    number,
    number,
    number,
    number,
  ]
  if (right <= left || bottom <= top)
    reject(`--box ${text} does not have the form left,top,right,bottom`, '/box')
  return { left, top, width: right - left, height: bottom - top }
}

/** `contextdrag mask`: the outline of a thing in a photo, from clicks, strokes and boxes. No weights. */

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Point } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import type { Stroke } from '../../shared/segmentation/seeds.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import { maskPng, smallPixels } from '../photo/mask-picture.ts'
import { readPhoto, writePhoto } from './arguments.ts'

type MaskArguments = {
  readonly add: readonly string[]
  readonly remove?: readonly string[]
  readonly box?: string
  readonly within?: string
  readonly out: string
}

const collect = (value: string, previous: readonly string[] = []) => [...previous, value]

export function addMaskCommand(program: Command): void {
  program
    .command('mask')
    .argument('<image>', 'the photo, a file or s3://bucket/key')
    .description('Find the outline of a thing, and write it as a mask.')
    .requiredOption(
      '--add <x,y[:x,y...]>',
      'a click on the thing, or a stroke over it (repeatable)',
      collect,
    )
    .option('--remove <x,y[:x,y...]>', 'a stroke over what is not the thing (repeatable)', collect)
    .option('--box <left,top,right,bottom>', 'drawn closely around the thing')
    .option(
      '--within <mask.png>',
      'the thing lies inside of this mask, such as one of what may change',
    )
    .option('--out <file>', 'where the mask goes', 'mask.png')
    .action(mask)
}

async function mask(path: string, args: MaskArguments): Promise<void> {
  const { bytes, header } = await readPhoto(path)
  const pixels = await smallPixels(bytes)
  const scale = pixels.width / header.width
  const strokes = (texts: readonly string[] = [], pointer: string) =>
    texts.map((text) => strokeOf(text, scale, pointer))
  const found = new Segmenter(pixels).segment({
    add: strokes(args.add, '/add'),
    remove: strokes(args.remove, '/remove'),
    ...(args.box !== undefined && { box: boxOf(args.box, scale) }),
    ...(args.within !== undefined && { within: await decodePngMask(await readFile(args.within)) }),
  })
  await writePhoto(args.out, await maskPng(found), 'png')
  const covered = found.data.reduce((sum, value) => sum + value, 0) / found.data.length
  process.stdout.write(
    `${JSON.stringify({ out: args.out, width: found.width, height: found.height, covered: Math.round(covered * 1e4) / 1e4 })}\n`,
  )
}

/** Radius of clicks and strokes, in pixels of the small picture. */
const RADIUS = 2

function numbers(text: string, count: number, pointer: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (values.length !== count || !values.every(Number.isFinite))
    throw new EditError('invalid_request', `${JSON.stringify(text)} is not ${count} numbers`, {
      pointer,
    })
  return values
}

function strokeOf(text: string, scale: number, pointer: string): Stroke {
  const points = text.split(':').map((part): Point => {
    const [x, y] = numbers(part, 2, pointer) as [number, number]
    return { x: x * scale, y: y * scale }
  })
  return { points, radius: RADIUS }
}

function boxOf(text: string, scale: number): Rectangle {
  const [left, top, right, bottom] = numbers(text, 4, '/box').map((value) => value * scale) as [
    number,
    number,
    number,
    number,
  ]
  if (right <= left || bottom <= top)
    throw new EditError('invalid_request', `the box ${text} is not left,top,right,bottom`, {
      pointer: '/box',
    })
  return { left, top, width: right - left, height: bottom - top }
}

/**
 * The benchmark with known truth. The same options give the same cases on every machine:
 *
 * - `scene`: the project's drawn scenes in which one thing moves one way.
 * - `cut-out`: a thing of one photograph, moved over another by a part of its width.
 * - `hole`: a part of one photograph moved off its whole place on another: holes of 1 to 15 % to fill.
 * - `drawn`: turns, scales, stretches and occlusions of a drawn thing.
 */

import { basename, resolve } from 'node:path'
import sharp from 'sharp'
import { scenes } from '../../samples/scenes.ts'
import { Random } from '../../shared/instant/random.ts'
import type { Benchmark, CaseFault, EvaluationCase } from '../case.ts'
import type { Picture } from '../picture.ts'
import { type CutOut, cutOut, layer, moved, placed } from './cut-outs.ts'
import { drawnMotion, drawnOcclusion, motions } from './drawn.ts'
import { holeIn } from './holes.ts'
import {
  drawnScene,
  ownPhotographs,
  type Photograph,
  photographsIn,
  readPhotograph,
} from './photographs.ts'
import { type Made, truthCases } from './truth-case.ts'

const categories = ['scene', 'cut-out', 'hole', 'drawn'] as const

export type KnownTruthOptions = {
  /** Photographs to build on; without it, the project's own. */
  readonly folder?: string
  /** Of the folder's photographs, as many as this are used, evenly spread. */
  readonly most?: number
  /** Longest side of the photographs, in pixels. */
  readonly side?: number
  /** By how many pixels masks are wider than their things: one case for each. */
  readonly margins?: readonly number[]
  readonly categories?: readonly (typeof categories)[number][]
  readonly seed?: number
}

/** Parts of its photograph that a thing without an outline takes. */
const PARTS = [0.01, 0.025, 0.05, 0.1, 0.15]
/** A thing takes at most this part of the ground's sides. */
const LARGEST = 0.45
/** How far things go, by their own width. */
const CUT_OUT_REACH = 0.7
const HOLE_REACH = 1.15

export function knownTruth(options: KnownTruthOptions = {}): Benchmark {
  const { margins = [0, 8] } = options
  return {
    name:
      options.folder === undefined
        ? 'known-truth'
        : `known-truth:${basename(resolve(options.folder))}`,
    async *read() {
      for await (const made of casesOf(options)) {
        if ('fault' in made) yield made
        else yield* await truthCases(made, margins)
      }
    },
  }
}

/** All cases of a benchmark that has no faults. @throws Error if it has one */
export async function allCases(benchmark: Benchmark): Promise<EvaluationCase[]> {
  const cases: EvaluationCase[] = []
  for await (const one of benchmark.read()) {
    if ('fault' in one) throw new Error(`${benchmark.name} ${one.id}: ${one.fault}`)
    cases.push(one)
  }
  return cases
}

async function* casesOf(options: KnownTruthOptions): AsyncGenerator<Made | CaseFault> {
  const { categories: wanted = categories, seed = 1 } = options
  if (wanted.includes('scene')) yield* sceneCases()
  if (wanted.includes('cut-out') || wanted.includes('hole')) {
    const photographs = await photographsOf(options)
    if (wanted.includes('cut-out')) yield* pastedCases('cut-out', photographs, seed)
    if (wanted.includes('hole')) yield* pastedCases('hole', photographs, seed)
  }
  if (wanted.includes('drawn')) {
    for (const motion of motions) yield drawnMotion(motion)
    yield drawnOcclusion('uncover')
    yield drawnOcclusion('cover')
  }
}

async function* sceneCases(): AsyncGenerator<Made> {
  for (const scene of scenes) {
    const [drag, ...others] = scene.drags
    if (drag === undefined || others.length > 0) continue
    const { ground, thing } = await drawnScene(scene)
    const by = {
      x: Math.round(drag.target.x - drag.handle.x),
      y: Math.round(drag.target.y - drag.handle.y),
    }
    const whole = layer(thing)
    yield moved({ id: `scene/${scene.name}`, category: 'scene' }, ground, whole, whole.at, by)
  }
}

async function photographsOf({ folder, most = 16, side = 768 }: KnownTruthOptions) {
  const found = folder === undefined ? ownPhotographs() : await photographsIn(folder)
  const step = Math.max(1, found.length / most)
  const files = Array.from({ length: Math.min(most, found.length) }, (_, i) => {
    return found[Math.floor(i * step)] as string
  })
  return Promise.all(files.map((file) => readPhotograph(file, side, folder === undefined)))
}

/** Each photograph with a thing of the next one on it. */
async function* pastedCases(
  category: 'cut-out' | 'hole',
  photographs: readonly Photograph[],
  seed: number,
): AsyncGenerator<Made | CaseFault> {
  for (const [i, ground] of photographs.entries()) {
    const from = photographs[(i + 1) % photographs.length] as Photograph
    const number = 1000 * seed + i
    const outline = category === 'cut-out' ? from.thing : null
    const part = PARTS[i % PARTS.length] as number
    const shape = outline ?? holeIn(from.picture, part, number)
    const thing = await fitted(cutOut(from.picture, shape), ground.picture)
    const reach = category === 'hole' ? HOLE_REACH : CUT_OUT_REACH
    const place = placed(ground.picture, thing, reach, new Random(number))
    const id = `${category}/${i}-${from.name}-on-${ground.name}`
    if (place === null) yield { id, fault: 'the thing is larger than the photograph it goes on' }
    else yield moved({ id, category }, ground.picture, thing, place.at, place.by)
  }
}

/** A thing, smaller if it takes too much of the ground. */
async function fitted(thing: CutOut, ground: Picture): Promise<CutOut> {
  const scale = LARGEST * Math.min(ground.width / thing.width, ground.height / thing.height)
  if (scale >= 1) return thing
  const { data, info } = await sharp(thing.data, {
    raw: { width: thing.width, height: thing.height, channels: 4 },
  })
    .resize({ width: Math.max(1, Math.round(scale * thing.width)) })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return layer({ width: info.width, height: info.height, data: new Uint8ClampedArray(data) })
}

/**
 * DragBench as its authors publish it, and as RegionDrag and Inpaint4Drag repack it:
 * `[category/]sample/{original_image.png, meta_data.pkl}`, beside which there may be other annotations
 * of the same drag: `meta_data_region.pkl` and `meta_data_i4p.pkl`. Each is a dict with a `prompt`,
 * `points` [[x, y], ...] (handles and targets by turns, indices of pixels) and a `mask` [height, width].
 */

import { join } from 'node:path'
import type { Size } from '../../shared/drag.ts'
import { MAX_DRAGS } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Benchmark, CaseMask } from '../case.ts'
import { categoryOf, folderBenchmark, type ReadCase, stemOf } from './cases.ts'
import { fitted, foldersWith, readFileUpTo, readPhotoFile } from './files.ts'
import { MAX_PICKLE_BYTES, readPickle } from './pickle/pickle.ts'
import { NumberArray, type Value } from './pickle/values.ts'
import { dragsOf, thinned } from './points.ts'

const PHOTO = 'original_image.png'
const ORIGINAL = 'meta_data.pkl'

/** An annotation: its file, what the white of its mask means, and whether its points are whole regions. */
type Annotation = {
  readonly file: string
  readonly marks: CaseMask['kind']
  readonly dense: boolean
}

/** DragBench's own: what is white may change. */
export const original: Annotation = { file: ORIGINAL, marks: 'editable', dense: false }
/** Of Inpaint4Drag: what is white moves. */
export const inpaint4Drag: Annotation = { file: 'meta_data_i4p.pkl', marks: 'object', dense: false }
/** Of RegionDrag: every point of a region; its mask marks what may change. */
export const regionDrag: Annotation = {
  file: 'meta_data_region.pkl',
  marks: 'editable',
  dense: true,
}

/**
 * @param name as in the report
 * @param annotation what the engine is asked for; the points that are scored are always the original's,
 * as in the evaluation of Inpaint4Drag
 */
export function dragBench(name: string, root: string, annotation: Annotation): Benchmark {
  return folderBenchmark(
    name,
    () => foldersWith(root, [PHOTO, ORIGINAL]),
    (id) => readCase(root, id, annotation),
  )
}

async function readCase(
  root: string,
  id: string,
  { file, marks, dense }: Annotation,
): Promise<ReadCase> {
  const { photo, size } = await readPhotoFile(join(root, id, PHOTO))
  const { points, mask, prompt } = await readAnnotation(join(root, id), file, size)
  const asked = drags(dense ? thinned(points, MAX_DRAGS) : points, size, file)
  const own = file === ORIGINAL ? null : await readAnnotation(join(root, id), ORIGINAL, size)
  return {
    category: categoryOf(id) ?? stemOf(id),
    photo,
    size,
    drags: asked,
    scored: own === null ? asked : drags(own.points, size, ORIGINAL),
    mask: { kind: marks, mask },
    prompt: own?.prompt ?? prompt,
  }
}

async function readAnnotation(folder: string, file: string, size: Size) {
  const meta = readPickle(await readFileUpTo(join(folder, file), MAX_PICKLE_BYTES))
  if (!(meta instanceof Map)) throw new Error(`${file} holds no dict`)
  const prompt = meta.get('prompt') ?? ''
  if (typeof prompt !== 'string') throw new Error(`the prompt of ${file} is no text`)
  const points = rowsOf(meta.get('points') ?? null)
  if (points === null) throw new Error(`${file} has no list of points`)
  return { prompt, points, mask: maskOf(meta.get('mask') ?? null, size, file) }
}

function drags(points: readonly unknown[], size: Size, file: string) {
  try {
    return dragsOf(points, size)
  } catch (error) {
    throw new Error(`the points of ${file}: ${(error as Error).message}`)
  }
}

/** Most points of a region. */
const MAX_POINTS = 2_000_000

/** Points as lists, which may be written as one array, or as an array each; null for anything else. */
function rowsOf(value: Value): unknown[] | null {
  if (Array.isArray(value))
    return value.map((point) =>
      point instanceof NumberArray && point.shape.join() === '2' ? [...point.numbers()] : point,
    )
  if (!(value instanceof NumberArray)) return null
  const [count = 0, two, ...rest] = value.shape
  if (two !== 2 || rest.length > 0 || count > MAX_POINTS) return null
  const numbers = value.numbers()
  return Array.from({ length: count }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]])
}

/** White is 1 of 0 and 1, or more than half of 0 to 255. */
function maskOf(value: Value, size: Size, file: string): Mask {
  if (!(value instanceof NumberArray)) throw new Error(`${file} has no array as its mask`)
  const [height = 0, width = 0, ...rest] = value.shape
  const isPlane = value.shape.length >= 2 && rest.every((side) => side === 1)
  if (!isPlane || width * height > MAX_PIXELS)
    throw new Error(
      `the mask of ${file} has the shape ${value.shape.join('x')}, not rows and columns`,
    )
  const numbers = value.numbers()
  const half = numbers.some((one) => one > 1) ? 127 : 0.5
  const data = Uint8Array.from(numbers, (one) => (one > half ? 1 : 0))
  try {
    return fitted({ width, height, data }, size)
  } catch (error) {
    throw new Error(`the mask of ${file}: ${(error as Error).message}`)
  }
}

const MAX_PIXELS = 40_000_000

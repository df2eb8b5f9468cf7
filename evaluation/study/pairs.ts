/** Pairs of results: pictures with the same name in two folders, with what was asked. */

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'
import type { Drag, Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'

const ENDING = /\.(png|jpe?g|webp)$/i

/** Files of one pair. */
export type PairFiles = {
  /** The path below either folder, without its ending. */
  readonly id: string
  readonly a: string
  readonly b: string
  readonly photo: string | null
  readonly asked: { readonly drags: readonly Drag[]; readonly size: Size } | null
}

/** Where the photos are, and what was asked of them; null if nobody says. */
export type Sources = { readonly photos: string | null; readonly cases: string | null }

const PointSchema = z.object({ x: z.number(), y: z.number() })
const CaseSchema = z.object({
  size: z.object({ width: z.number(), height: z.number() }),
  drags: z.array(z.object({ handle: PointSchema, target: PointSchema })),
})

/**
 * Pairs of the pictures that are in both folders, in the order of their names.
 *
 * @throws EditError `invalid_request` for a folder that is missing, or two without a common name
 */
export async function readPairs(a: string, b: string, sources: Sources): Promise<PairFiles[]> {
  const [first, second] = [await picturesIn(a), await picturesIn(b)]
  const photos = sources.photos === null ? new Map() : await picturesIn(sources.photos)
  const pairs: PairFiles[] = []
  for (const [id, file] of first) {
    const other = second.get(id)
    if (other === undefined) continue
    const asked = sources.cases === null ? null : await readCase(join(sources.cases, `${id}.json`))
    pairs.push({ id, a: file, b: other, photo: photos.get(id) ?? null, asked })
  }
  if (pairs.length > 0) return pairs
  throw new EditError(
    'invalid_request',
    `no picture of ${a} has the name of one in ${b} (${first.size} and ${second.size} pictures)`,
  )
}

/**
 * For results in a report's folder, its photos and cases: `OUT/results/ENGINE` has them in
 * `OUT/results/none`, if that engine ran, and `OUT/cases`.
 */
export async function sourcesBeside(folder: string): Promise<Sources> {
  const results = dirname(folder)
  if (basename(results) !== 'results') return { photos: null, cases: null }
  const photos = join(results, 'none')
  const cases = join(dirname(results), 'cases')
  return {
    photos: (await isFolder(photos)) ? photos : null,
    cases: (await isFolder(cases)) ? cases : null,
  }
}

async function picturesIn(folder: string): Promise<Map<string, string>> {
  if (!(await isFolder(folder))) throw new EditError('invalid_request', `${folder} is no folder`)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && ENDING.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return new Map(
    files.map((file) => [relative(folder, file).replace(ENDING, '').replaceAll('\\', '/'), file]),
  )
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() === true
}

/** Null without such a file. @throws EditError `invalid_request` for one without size and drags */
async function readCase(file: string): Promise<PairFiles['asked']> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return CaseSchema.parse(JSON.parse(text))
  } catch {
    throw new EditError('invalid_request', `${file} has no size and drags of a case`)
  }
}

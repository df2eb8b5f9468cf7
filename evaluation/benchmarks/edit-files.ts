/** A folder of edit files (`edit.json`), as the playground saves them, under any names. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import { parseEditFile } from '../../shared/files/edit-file.ts'
import { readImageHeader } from '../../shared/files/image-header.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import type { Benchmark } from '../case.ts'
import { categoryOf, folderBenchmark, type ReadCase } from './cases.ts'
import { fitted, readFileUpTo } from './files.ts'

/** A photo of 20 MB and two masks, in base64. */
const MAX_EDIT_FILE_BYTES = 60_000_000

/** @throws EditError `invalid_request` when it is read, if there is no edit file */
export function editFiles(name: string, root: string): Benchmark {
  return folderBenchmark(
    name,
    () => namesIn(root),
    (id) => readCase(`${join(root, id)}.json`, id),
  )
}

/** All JSON files below a folder, without their ending; not those of an evaluation, which may be in it. */
async function namesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw unusable(`${root} cannot be read (${error.code ?? error.message})`)
  })
  const paths = entries.map((path) => path.replaceAll('\\', '/'))
  const evaluations = paths
    .filter((path) => /(^|\/)run\.json$/.test(path))
    .map((path) => path.slice(0, -'run.json'.length))
    .filter((folder) => paths.includes(`${folder}cases`))
  const names = paths
    .filter((path) => path.endsWith('.json') && !evaluations.some((one) => path.startsWith(one)))
    .map((path) => path.replace(/\.json$/, ''))
  if (names.length === 0) throw unusable(`${root} has no edit file (.json)`)
  return names.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

function unusable(detail: string): EditError {
  return new EditError('invalid_request', detail, { pointer: '/bench' })
}

async function readCase(path: string, id: string): Promise<ReadCase> {
  const text = Buffer.from(await readFileUpTo(path, MAX_EDIT_FILE_BYTES)).toString('utf8')
  const { photo, mask: png, affects, fields } = parseEditFile(text)
  const { width, height } = readImageHeader(photo)
  const size = { width, height }
  const { drags, maskKind = 'object', prompt = '', ...settings } = fields as SavedFields
  const mask = png === null ? null : fitted(await decodePngMask(png), size)
  if (mask === null && maskKind === 'editable')
    throw new EditError('invalid_option', 'maskKind is editable, but there is no mask')
  return {
    category: categoryOf(id),
    photo,
    size,
    drags,
    scored: drags,
    mask: mask && { kind: maskKind, mask },
    prompt,
    settings,
    ...(affects !== null && { affects }),
  }
}

/** Checked by the schema of edit files. */
type SavedFields = Pick<ReadCase, 'drags'> & {
  readonly maskKind?: 'object' | 'editable'
  readonly prompt?: string
}

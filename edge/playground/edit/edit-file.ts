/**
 * The edit file `edit.json`: a body of `POST /v1/edits` with a version. The page saves and opens it,
 * and `contextdrag edit --from edit.json` runs it.
 */

import type { Point, Size } from '../../../shared/drag.ts'
import type { BoxMove } from '../../../shared/edit/moves/box-move.ts'
import { dragsOfMoves, maskOfBoxes } from '../../../shared/edit/moves/drags.ts'
import { dataUrlBytes, isDataUrl } from '../../../shared/files/data-url.ts'
import { EDIT_FILE_VERSION } from '../../../shared/files/edit-file-version.ts'
import type { Scope } from '../../../shared/geometry/source-mask.ts'
import type { Mask } from '../../../shared/mask.ts'
import { models } from '../../../shared/models.ts'
import { asked, type Draft, type DraftOptions } from './draft.ts'
import { editFields } from './edit-fields.ts'
import { partsAt } from './mask-parts.ts'
import { maskPng, readMask, readThings } from './mask-png.ts'
import { openPhoto, PhotoError, type ShownPhoto } from './photo.ts'

/** Contents of an edit file. */
type EditFile = {
  readonly version: typeof EDIT_FILE_VERSION
  readonly name: string
  readonly create: DraftOptions & {
    readonly image: string
    readonly mask?: string
    readonly affects?: string
    readonly drags: Draft['drags']
    readonly moves?: readonly BoxMove[]
    /** How many candidates; the page asks for them at each run. */
    readonly n?: number
    readonly prompt?: string
    readonly scope?: Scope
  }
}

/** @param mask what moves */
export async function saveEdit(photo: ShownPhoto, draft: Draft, mask: Mask | null): Promise<Blob> {
  const file: EditFile = {
    version: EDIT_FILE_VERSION,
    name: photo.name,
    create: {
      image: await dataUrl(photo.source.file),
      ...(mask !== null && { mask: await dataUrl(await maskPng(mask)) }),
      ...(draft.affects && { affects: await dataUrl(await maskPng(draft.affects)) }),
      drags: draft.drags,
      ...(asked(draft) as DraftOptions),
    },
  }
  return new Blob([JSON.stringify(file)], { type: 'application/json' })
}

/** @throws PhotoError if the file is not an edit file or its photo cannot be opened */
export async function openEdit(blob: Blob): Promise<{ photo: ShownPhoto; draft: Draft }> {
  const { name, create } = parsed(await blob.text())
  const {
    image,
    mask,
    affects,
    drags: written,
    moves,
    n: _,
    prompt = '',
    scope,
    ...options
  } = create
  const photo = await openPhoto(await blobOf(image), name)
  // The drags are in the pixels of the photo in the file.
  if (photo.note !== null)
    throw new PhotoError('This file is not a saved edit: its photo cannot be sent.')
  // The page has drags only.
  const boxes =
    moves === undefined ? [] : dragsOfMoves(photo.size, moves, maskOfBoxes(photo.size, moves), true)
  const drags = [...boxes, ...written]
  const scale = photo.shown.width / photo.size.width
  const handles = drags.map(({ handle }) => ({ x: handle.x * scale, y: handle.y * scale }))
  const masks =
    mask === undefined ? [] : await masksOf(await blobOf(mask), photo.shown, scope, handles)
  const things = masks.map((one, i) => ({ id: i + 1, add: [], remove: [], given: true, mask: one }))
  const draft = { things, drags, prompt, options }
  if (affects === undefined) return { photo, draft }
  const { width, height } = photo.shown
  const affected = await readMask(await blobOf(affects), width, height)
  return { photo, draft: { ...draft, affects: affected } }
}

/**
 * The mask of each thing. Of a mask that does not tell things apart, each connected part with a handle
 * is one, and the rest is another.
 */
async function masksOf(
  png: Blob,
  { width, height }: Size,
  scope: Scope = 'component',
  handles: readonly Point[] = [],
): Promise<Mask[]> {
  if (scope === 'thing') return readThings(png, width, height)
  const whole = await readMask(png, width, height)
  if (scope === 'global') return [whole]
  return partsAt(whole, handles)
}

function parsed(text: string): EditFile {
  const invalid = (why: string) => new PhotoError(`This file is not a saved edit: ${why}.`)
  let file: Partial<EditFile>
  try {
    file = JSON.parse(text)
  } catch {
    throw invalid('it is not JSON')
  }
  if (file?.version !== EDIT_FILE_VERSION)
    throw invalid(`its version is ${JSON.stringify(file?.version)}, not ${EDIT_FILE_VERSION}`)
  const { create } = file
  if (typeof create?.image !== 'string' || !isDataUrl(create.image))
    throw invalid('it contains no photo')
  const isPoint = (point: unknown) => {
    const { x, y } = (point ?? {}) as { x?: unknown; y?: unknown }
    return typeof x === 'number' && typeof y === 'number'
  }
  const unknown = Object.keys(create).find((field) => !editFields.has(field))
  if (unknown !== undefined) throw invalid(`it has an unknown field ${JSON.stringify(unknown)}`)
  const { model = 'instant' } = create
  if (!Object.hasOwn(models, model))
    throw invalid(`its model is ${JSON.stringify(model)}, which does not exist`)
  const drags = Array.isArray(create.drags) ? create.drags : []
  if (!drags.every((drag) => isPoint(drag?.handle) && isPoint(drag?.target)))
    throw invalid('a drag has no handle or no target')
  return {
    version: EDIT_FILE_VERSION,
    name: String(file.name ?? 'photo'),
    create: { ...create, model, drags },
  }
}

async function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as string)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}

/** @throws PhotoError if it is not a data URL */
async function blobOf(url: string): Promise<Blob> {
  const bytes = dataUrlBytes(url)
  if (bytes === null)
    throw new PhotoError('This file is not a saved edit: its photo or mask is not a data URL.')
  return new Blob([bytes as Uint8Array<ArrayBuffer>])
}

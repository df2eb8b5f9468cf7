/** Runs an edit: sends photo, mask and drags to the API, follows its progress, fetches its result. */

import type { ContextDrag, EditInput } from '../../../client/index.ts'
import type { Size } from '../../../shared/drag.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import type { Mask } from '../../../shared/mask.ts'
import { asked, type Draft } from '../edit/draft.ts'
import { maskPng } from '../edit/mask-png.ts'
import { baseName, type ShownPhoto } from '../edit/photo.ts'

/** Files up to this size are sent with the request; larger ones are uploaded first. */
const INLINE_BYTES = 2_000_000

/** Progress of a run. */
export type Progress = {
  readonly phase: 'sending' | 'waiting' | 'running' | 'fetching'
  readonly step: number
  readonly steps: number
  /** Thumbnail of the picture so far, as a data URL. */
  readonly preview: string | null
  readonly warnings: readonly Warning[]
}

/** How every run begins. */
export const SENDING: Progress = {
  phase: 'sending',
  step: 0,
  steps: 0,
  preview: null,
  warnings: [],
}

export type Result = {
  readonly id: string
  /** The photo's name, without its ending. */
  readonly name: string
  /** The photo that was edited. */
  readonly before: Blob
  readonly size: Size
  readonly picture: Blob
  readonly seconds: number
  readonly seed: number
  readonly warnings: readonly Warning[]
}

/** The body of the request without the photo. */
async function requestOf(
  draft: Draft,
  mask: Mask | null,
): Promise<Omit<EditInput, 'image' | 'drags' | 'moves'> & Pick<Draft, 'drags'>> {
  return {
    drags: draft.drags,
    ...(mask !== null && { mask: await maskPng(mask) }),
    ...(draft.affects && { affects: await maskPng(draft.affects) }),
    ...(asked(draft) as Partial<EditInput>),
  }
}

/**
 * Runs the edit to its end.
 *
 * @param mask white on what moves
 * @param key idempotency key
 * @param report called with every progress
 * @throws ContextDragError for errors of the API, AbortError if the run was canceled
 */
export async function run(
  api: ContextDrag,
  photo: ShownPhoto,
  draft: Draft,
  mask: Mask | null,
  key: string,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Result> {
  const start = performance.now()
  report(SENDING)
  const image = await imageOf(api, photo, signal)
  const request = { image, ...(await requestOf(draft, mask)) }
  const made = await api.edit(request, { signal, idempotencyKey: key })
  const cancel = () => void api.cancel(made.id).catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    const { warnings } = made
    let last: Progress = { ...SENDING, phase: 'waiting', steps: made.progress.steps, warnings }
    report(last)
    for await (const event of api.events(made.id, signal)) {
      if (event.type !== 'progress') continue
      const { step, steps, preview } = event
      last = { ...last, phase: 'running', step, steps, preview: preview ?? last.preview }
      report(last)
    }
    const ended = await api.wait(made.id, signal)
    if (ended.status !== 'succeeded')
      throw new Error(ended.error?.detail ?? `The edit was not completed (${ended.status}).`)
    report({ ...last, phase: 'fetching' })
    const picture = await api.result(made.id, signal)
    const seconds = (performance.now() - start) / 1000
    const { seed } = ended
    const about = {
      name: baseName(photo.name),
      before: photo.source.file,
      size: photo.size,
    }
    return { id: made.id, ...about, picture, seconds, seed, warnings: ended.warnings }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function imageOf(
  api: ContextDrag,
  { source }: ShownPhoto,
  signal: AbortSignal,
): Promise<EditInput['image']> {
  if ('edit' in source) return { edit: source.edit }
  if (source.file.size <= INLINE_BYTES) return source.file
  return { upload: await api.upload(source.file, signal) }
}

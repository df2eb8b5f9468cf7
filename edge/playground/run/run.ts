/** Runs an edit: sends photo, mask and drags to the API, follows its progress, fetches its result. */

import type { ContextDrag, Edit, EditInput } from '../../../client/index.ts'
import type { Size } from '../../../shared/drag.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import type { Mask } from '../../../shared/mask.ts'
import { asked, type Draft } from '../edit/draft.ts'
import { maskPng } from '../edit/mask-png.ts'
import { baseName, type ShownPhoto } from '../edit/photo.ts'
import { type Progress, SENDING } from './progress.ts'

/** Files up to this size are sent with the request; larger ones are uploaded first. */
const INLINE_BYTES = 2_000_000

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
  /** The same for all candidates of a run; absent in a session of an older release. */
  readonly together?: string
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
 * Runs the edit to its end, or several candidates for it.
 *
 * @param mask white on what moves
 * @param count how many candidates
 * @param key idempotency key
 * @param report called with every progress
 * @returns the results, without those of candidates that failed
 * @throws ContextDragError for errors of the API, AbortError if the run was canceled
 */
export async function run(
  api: ContextDrag,
  photo: ShownPhoto,
  draft: Draft,
  mask: Mask | null,
  count: number,
  key: string,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const start = performance.now()
  report(SENDING)
  const image = await imageOf(api, photo, signal)
  const n = count === 1 ? {} : { n: count }
  const request = { image, ...(await requestOf(draft, mask)), ...n }
  const made = await api.edit(request, { signal, idempotencyKey: key })
  const edits = (made.candidates ?? [made]).filter((one) => one.status !== 'deleted')
  const cancel = () => {
    for (const { id } of edits) void api.cancel(id).catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  try {
    const reached = edits.map(({ progress }) => ({ step: 0, steps: progress.steps }))
    const all = (of: 'step' | 'steps') => reached.reduce((sum, one) => sum + one[of], 0)
    const { warnings } = made
    let last: Progress = { ...SENDING, phase: 'waiting', steps: all('steps'), warnings }
    report(last)
    const follow = async (id: string, index: number): Promise<Edit> => {
      for await (const event of api.events(id, signal)) {
        if (event.type === 'queue') {
          const { position, seconds } = event
          last = { ...last, queue: { position, seconds } }
          report(last)
        }
        if (event.type !== 'progress') continue
        const { step, steps, preview = last.preview } = event
        reached[index] = { step, steps }
        last = {
          ...last,
          phase: 'running',
          queue: null,
          step: all('step'),
          steps: all('steps'),
          preview,
        }
        report(last)
      }
      return api.wait(id, signal)
    }
    const ended = await Promise.all(edits.map(({ id }, index) => follow(id, index)))
    const succeeded = ended.filter(({ status }) => status === 'succeeded')
    const [failed] = ended
    if (succeeded.length === 0)
      throw new Error(failed?.error?.detail ?? `The edit was not completed (${failed?.status}).`)
    report({ ...last, phase: 'fetching' })
    const pictures = await Promise.all(succeeded.map(({ id }) => api.result(id, signal)))
    const about = {
      name: baseName(photo.name),
      before: photo.source.file,
      size: photo.size,
      seconds: (performance.now() - start) / 1000,
      together: made.id,
    }
    return succeeded.map(({ id, seed, warnings: of }, index) => {
      return { id, ...about, picture: pictures[index] as Blob, seed, warnings: of }
    })
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

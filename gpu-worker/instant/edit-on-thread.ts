/**
 * Runs an instant edit in a thread of its own, so that the server stays responsive. The thread computes
 * in plain JavaScript, so it can be ended at any point. A thread that is done is kept for the next
 * edit: to load and compile its code again takes longer than to edit a small photo.
 */

import { Worker } from 'node:worker_threads'
import type { Size } from '../../shared/drag.ts'
import { EditError, type Problem } from '../../shared/errors.ts'
import type { Glance } from '../../shared/instant/glance.ts'
import type { InstantEdit } from '../../shared/instant/instant.ts'
import type { ShortenedDrag } from '../../shared/instant/things.ts'
import type { InstantStage } from '../../shared/models.ts'
import type { Holed } from '../inpainting/forms.ts'
import type { HoleFiller } from '../inpainting/inpainter.ts'

/** Colours, RGB interleaved, and alpha; null if the photo has no transparency. */
export type Planes = { readonly rgb: Uint8Array; readonly alpha: Uint8Array | null }

/** `visible` are the colours with others where the photo is fully transparent. */
export type ThreadPhoto = Size & Planes & { readonly visible: Uint8Array }

/** An edit for the thread. */
export type ThreadInput = {
  readonly photo: ThreadPhoto
  readonly edit: InstantEdit
  /** Whether the thread asks for its holes to be filled. */
  readonly asks: boolean
  /** Whether it shows what there is before them. */
  readonly looks: boolean
}

/** The edited photo, and the drags that were shortened. */
export type Edited = { readonly planes: Planes; readonly shortened: readonly ShortenedDrag[] }

/** A message to the thread: an edit, or the colours of the photo whose holes it asked to be filled. */
export type ThreadRequest = { readonly input: ThreadInput } | { readonly filled: Uint8Array }

/** A message from the thread. */
export type ThreadMessage =
  | { readonly stage: InstantStage; readonly look: Glance | null }
  | { readonly holed: Holed }
  | Edited
  | { readonly problem: Problem }

/** Edits of larger photos leave so much memory behind that their thread is ended. */
const KEPT_PIXELS = 2_000_000

/** A thread that has nothing to do. */
let idle: Worker | null = null

function takeThread(): Worker {
  const thread = idle ?? new Worker(new URL('./thread.ts', import.meta.url))
  idle = null
  thread.ref()
  return thread
}

async function keepOrEnd(thread: Worker, keep: boolean): Promise<void> {
  if (!keep || idle !== null) {
    await thread.terminate()
    return
  }
  // The process may end without it.
  thread.unref()
  idle = thread
}

/**
 * Edits a photo. Where nothing changes, the colours under full transparency are the photo's, too.
 *
 * @param inpainter what it fills the holes with, patches of the photo follow; null for patches alone
 * @param onStage called at the end of each stage, sometimes with what there is
 * @param looks whether with that
 * @throws EditError as the edit; the signal's reason when it is aborted, at once
 */
export async function editOnThread(
  photo: ThreadPhoto,
  edit: InstantEdit,
  inpainter: Pick<HoleFiller, 'fill'> | null,
  signal: AbortSignal,
  onStage: (done: InstantStage, look: Glance | null) => void,
  looks = false,
): Promise<Edited> {
  signal.throwIfAborted()
  const thread = takeThread()
  const say = (message: ThreadRequest) => thread.postMessage(message)
  const { promise, resolve, reject } = Promise.withResolvers<Edited>()
  let done = false
  const onAbort = () => reject(signal.reason)
  const onExit = (code: number) =>
    reject(new Error(`the thread of the edit ended with code ${code}`))
  const onMessage = (message: ThreadMessage) => {
    if ('stage' in message) {
      if (!signal.aborted) onStage(message.stage, message.look)
    } else if ('holed' in message) {
      const { holed } = message
      inpainter?.fill(holed, signal).then(() => say({ filled: holed.rgb }), reject)
    } else {
      done = true
      if ('planes' in message) resolve(message)
      else reject(errorOf(message.problem))
    }
  }
  signal.addEventListener('abort', onAbort)
  thread.on('message', onMessage).on('error', reject).on('exit', onExit)
  say({ input: { photo, edit, asks: inpainter !== null, looks } })
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    thread.off('message', onMessage).off('error', reject).off('exit', onExit)
    await keepOrEnd(thread, done && photo.width * photo.height <= KEPT_PIXELS)
  }
}

function errorOf({ code, detail, pointer }: Problem): EditError {
  return new EditError(code, detail, pointer === undefined ? {} : { pointer })
}

/**
 * Runs an instant edit in a thread of its own, so that the server stays responsive. The thread computes
 * in plain JavaScript, so it can be ended at any point.
 */

import { Worker } from 'node:worker_threads'
import type { Size } from '../../shared/drag.ts'
import { EditError, type Problem } from '../../shared/errors.ts'
import type { InstantEdit } from '../../shared/instant/instant.ts'
import type { InstantStage } from '../../shared/models.ts'
import type { Holed } from '../inpainting/forms.ts'
import type { Inpainter } from '../inpainting/inpainter.ts'

/** Colours, RGB interleaved, and alpha; null if the photo has no transparency. */
export type Planes = { readonly rgb: Uint8Array; readonly alpha: Uint8Array | null }

/** `visible` are the colours with others where the photo is fully transparent. */
export type ThreadPhoto = Size & Planes & { readonly visible: Uint8Array }

/** What the thread starts with. */
export type ThreadInput = {
  readonly photo: ThreadPhoto
  readonly edit: InstantEdit
  /** Whether the thread asks for its holes to be filled. */
  readonly asks: boolean
}

/** A message from the thread. */
export type ThreadMessage =
  | { readonly stage: InstantStage }
  | { readonly holed: Holed }
  | { readonly planes: Planes }
  | { readonly problem: Problem }

/**
 * Edits a photo. Where nothing changes, the colours under full transparency are the photo's, too.
 *
 * @param inpainter fills the holes; null for patches of the photo
 * @param onStage called at the end of each stage
 * @throws EditError as the edit; the signal's reason when it is aborted, at once
 */
export async function editOnThread(
  photo: ThreadPhoto,
  edit: InstantEdit,
  inpainter: Inpainter | null,
  signal: AbortSignal,
  onStage: (done: InstantStage) => void,
): Promise<Planes> {
  signal.throwIfAborted()
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { photo, edit, asks: inpainter !== null } satisfies ThreadInput,
  })
  const { promise, resolve, reject } = Promise.withResolvers<Planes>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  thread.on('message', (message: ThreadMessage) => {
    if (signal.aborted) return
    if ('stage' in message) onStage(message.stage)
    else if ('holed' in message) {
      const { holed } = message
      inpainter?.fill(holed, signal).then(() => thread.postMessage(holed.rgb), reject)
    } else if ('planes' in message) resolve(message.planes)
    else reject(errorOf(message.problem))
  })
  thread.on('error', reject)
  thread.on('exit', (code) => reject(new Error(`the thread of the edit ended with code ${code}`)))
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    await thread.terminate()
  }
}

function errorOf({ code, detail, pointer }: Problem): EditError {
  return new EditError(code, detail, pointer === undefined ? {} : { pointer })
}

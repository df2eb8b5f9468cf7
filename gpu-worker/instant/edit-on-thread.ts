/**
 * Runs an instant edit in a thread of its own, so that the server stays responsive. The thread computes
 * in plain JavaScript, so it can be ended at any point.
 */

import { Worker } from 'node:worker_threads'
import type { Size } from '../../shared/drag.ts'
import { EditError, type Problem } from '../../shared/errors.ts'
import type { InstantEdit } from '../../shared/instant/instant.ts'
import type { InstantStage } from '../../shared/models.ts'

/** RGBA. */
export type ThreadPixels = Size & { readonly data: Uint8ClampedArray<ArrayBuffer> }

/** What the thread starts with. */
export type ThreadInput = { readonly photo: ThreadPixels; readonly edit: InstantEdit }

/** A message from the thread. */
export type ThreadMessage =
  | { readonly stage: InstantStage }
  | { readonly data: Uint8ClampedArray<ArrayBuffer> }
  | { readonly problem: Problem }

/**
 * Edits a photo. Its pixels are handed over, and are empty afterwards.
 *
 * @param onStage called at the end of each stage
 * @returns RGBA of the same size
 * @throws EditError as the edit; the signal's reason when it is aborted, at once
 */
export async function editOnThread(
  photo: ThreadPixels,
  edit: InstantEdit,
  signal: AbortSignal,
  onStage: (done: InstantStage) => void,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  signal.throwIfAborted()
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { photo, edit } satisfies ThreadInput,
    transferList: [photo.data.buffer],
  })
  const { promise, resolve, reject } = Promise.withResolvers<Uint8ClampedArray<ArrayBuffer>>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  thread.on('message', (message: ThreadMessage) => {
    if (signal.aborted) return
    if ('stage' in message) onStage(message.stage)
    else if ('data' in message) resolve(message.data)
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

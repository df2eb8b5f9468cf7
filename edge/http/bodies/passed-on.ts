/** A body that is passed on without being held. */

import { EditError } from '../../../shared/errors.ts'

/**
 * Gives the body to `take`, which needs its length beforehand. Nothing may be taken of a body that
 * breaks off or has another length: the stream then fails.
 *
 * @throws EditError `invalid_request` for such a body; what `take` throws otherwise
 */
export async function passOn(
  body: ReadableStream<Uint8Array>,
  length: number,
  take: (body: ReadableStream<Uint8Array>) => Promise<unknown>,
): Promise<void> {
  const reader = body.getReader()
  let arrived = 0
  let broken = false
  const watched = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        arrived += value?.byteLength ?? 0
        broken = arrived > length || (done && arrived < length)
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        broken = true
        throw error
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  try {
    await take(watched.pipeThrough(new FixedLengthStream(length)))
  } catch (error) {
    throw broken
      ? new EditError(
          'invalid_request',
          `the body does not have the ${length} bytes that Content-Length says`,
        )
      : error
  }
}

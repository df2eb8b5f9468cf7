/** A stream that ends when its reader may no longer read. */

/**
 * Passes a stream on while `allowed` says so, which is asked every so many milliseconds. A check that
 * fails is no answer: the next one decides.
 */
export function whileAllowed(
  stream: ReadableStream<Uint8Array>,
  allowed: () => Promise<boolean>,
  every: number,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let timer: ReturnType<typeof setInterval> | null = null
  /** @returns false if it was stopped before */
  const stop = (): boolean => {
    if (timer === null) return false
    clearInterval(timer)
    timer = null
    return true
  }
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      timer = setInterval(async () => {
        if ((await answerOf(allowed)) || !stop()) return
        controller.close()
        await reader.cancel('the credential is no longer valid')
      }, every)
    },
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (timer === null) return
        if (!done) controller.enqueue(value)
        else if (stop()) controller.close()
      } catch (error) {
        stop()
        throw error
      }
    },
    cancel: (reason) => {
      stop()
      return reader.cancel(reason)
    },
  })
}

/** True also where there is no answer. */
async function answerOf(allowed: () => Promise<boolean>): Promise<boolean> {
  try {
    return await allowed()
  } catch (error) {
    console.error(JSON.stringify({ message: 'a stream was not checked', error: String(error) }))
    return true
  }
}

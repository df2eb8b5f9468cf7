/** Reads streams up to a limit. */

export type ReadBoundedOptions = {
  /** The error for a stream with more bytes than the limit. */
  readonly tooLarge: () => Error
  /** Wraps each read, to add a timeout or to replace its error. */
  readonly watch?: <T>(read: Promise<T>) => Promise<T>
}

/** The bytes of a stream. It is canceled as soon as there are more than `limit`. */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  limit: number,
  { tooLarge, watch = (read) => read }: ReadBoundedOptions,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await watch(reader.read())
      if (done) break
      length += value.length
      if (length > limit) throw tooLarge()
      parts.push(value)
    }
  } finally {
    // Not awaited, because a stalled stream may never settle it.
    reader.cancel().catch(() => {})
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

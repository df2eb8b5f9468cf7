/** Reads streams that may be longer than they should. */

export type ReadBoundedOptions = {
  /** What to throw for a stream with more bytes than the limit. */
  readonly tooLarge: () => Error
  /** Wraps each read, to limit its time or to name its failure. */
  readonly watch?: <T>(read: Promise<T>) => Promise<T>
}

/** The bytes of a stream, which is given up as soon as there are more than `limit`. */
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
    // Not waited for: a stream that stalls may never confirm it.
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

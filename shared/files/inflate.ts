/** Inflates no more than its reader asks for, so that a small file cannot fill the memory. */

/** Deflated bytes given to the platform at a time: at most 17 MB come out of them. */
export const SLICE_BYTES = 16_384

/**
 * Inflates zlib data. The next slice goes in when all that came out of the last one has been taken:
 * workerd inflates whatever is written at once, however much nobody has read yet.
 *
 * @throws TypeError for data that cannot be inflated
 */
export async function* inflate(
  slices: Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new DecompressionStream('deflate')
  const writer = writable.getWriter()
  const reader = readable.getReader()
  let reading = reader.read()
  let idle = turn()
  try {
    for (const slice of slices) {
      seenByReader(writer.write(slice as Uint8Array<ArrayBuffer>))
      for (;;) {
        let read = await Promise.race([reading, idle])
        if (read === null) {
          // It may have begun long before this read: only a turn of the read's own counts.
          idle = turn()
          read = await Promise.race([reading, idle])
        }
        if (read === null) break
        if (read.done) return
        yield read.value
        reading = reader.read()
      }
    }
    seenByReader(writer.close())
    for (;;) {
      const { done, value } = await reading
      if (done) return
      yield value
      reading = reader.read()
    }
  } finally {
    seenByReader(reading)
    seenByReader(reader.cancel())
    seenByReader(writer.abort())
  }
}

/** The bytes of some arrays in slices of {@link SLICE_BYTES} at most. */
export function* slicesOf(parts: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  for (const part of parts)
    for (let at = 0; at < part.length; at += SLICE_BYTES) yield part.subarray(at, at + SLICE_BYTES)
}

/** What fails a stream fails its reads as well, where it is handled; after the end nobody cares. */
function seenByReader(work: Promise<unknown>): void {
  work.catch(() => undefined)
}

/** Resolves with null when everything that is ready has had its turn. */
function turn(): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, 0, null))
}

/** Bytes read from a stream into memory that a request took its share for. */

import type { Share } from './budget.ts'

/** How a stream is read. */
export type Reading = {
  /** Bytes that are expected; null if nobody said. */
  readonly length: number | null
  /** The most that may come. */
  readonly limit: number
  /** The error for a stream with more bytes than the limit. */
  readonly tooLarge: () => Error
  /** Asked every so many milliseconds; an error ends the reading. */
  readonly check?: { readonly ms: number; readonly fault: Fault }
  /** The error for a stream that fails. */
  readonly broken?: () => Error
}

/** What is wrong with a stream of which so many bytes have come, the last so many ms ago; or null. */
export type Fault = (arrived: number, idleMs: number) => Error | null

/** Bytes that are held until they are released; parts of them may be used until then. */
export class HeldBytes {
  #bytes: Uint8Array
  readonly #share: Share | null

  /** @param share null where there is nothing to hold */
  constructor(bytes: Uint8Array, share: Share | null) {
    this.#bytes = bytes
    this.#share = share
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Holds a copy instead. */
  replace(copy: Uint8Array): void {
    if (copy.buffer === this.#bytes.buffer) return
    free(this.#bytes)
    this.#bytes = copy
  }

  /** Frees the memory and gives the share back; a second time is as good as none. */
  release(): void {
    free(this.#bytes)
    this.#share?.release()
  }
}

/** At once, whoever still refers to the bytes: a collector might take them much later. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}

/**
 * Reads a stream into one buffer, never into pieces that are joined afterwards. It is canceled as soon
 * as there are more bytes than the limit; where it fails, the share is given back.
 */
export async function readHeld(
  body: ReadableStream<Uint8Array>,
  share: Share,
  { length, limit, tooLarge, check, broken }: Reading,
): Promise<HeldBytes> {
  let bytes = new Uint8Array(Math.min(length ?? limit, limit))
  let arrived = 0
  const reader = body.getReader()
  const [faulty, stopChecking] = watched(check, share, () => arrived)
  try {
    for (;;) {
      const read = broken === undefined ? reader.read() : reader.read().catch(raise(broken))
      const { done, value } = await Promise.race([read, faulty])
      if (done) break
      if (arrived + value.length > bytes.length) throw tooLarge()
      bytes.set(value, arrived)
      arrived += value.length
      share.use()
    }
    if (arrived < bytes.length) bytes = new Uint8Array(bytes.buffer.transfer(arrived))
    return new HeldBytes(bytes, share)
  } catch (error) {
    free(bytes)
    share.release()
    throw error
  } finally {
    stopChecking()
    // Not awaited, because a stalled stream may never settle it.
    reader.cancel().catch(() => {})
  }
}

function raise(error: () => Error): () => never {
  return () => {
    throw error()
  }
}

/** A promise that fails with the first fault, and what ends the search for faults. */
function watched(
  check: Reading['check'],
  share: Share,
  arrived: () => number,
): [faulty: Promise<never>, stop: () => void] {
  let timer: ReturnType<typeof setInterval> | null = null
  const faulty = new Promise<never>((_, reject) => {
    if (check === undefined) return
    timer = setInterval(() => {
      const fault = check.fault(arrived(), Date.now() - share.usedAt)
      if (fault !== null) reject(fault)
    }, check.ms)
  })
  // It may fail while nothing is read.
  faulty.catch(() => {})
  const stop = () => {
    if (timer !== null) clearInterval(timer)
  }
  return [faulty, stop]
}

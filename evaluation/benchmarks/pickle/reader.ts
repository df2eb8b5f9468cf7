/** Takes a pickle's bytes one after another. Nothing is allocated for bytes that are not there. */

const utf8 = new TextDecoder('utf-8', { fatal: true })

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The place of the next `count` bytes, which are passed. @throws Error if they are not there */
  #pass(count: number): number {
    const left = this.#bytes.length - this.at
    if (count > left)
      throw new Error(`it ends early: ${count} bytes are announced, ${left} are left`)
    this.at += count
    return this.at - count
  }

  uint8(): number {
    return this.#view.getUint8(this.#pass(1))
  }

  uint16(): number {
    return this.#view.getUint16(this.#pass(2), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.#pass(4), true)
  }

  int32(): number {
    return this.#view.getInt32(this.#pass(4), true)
  }

  /** As a number: one that is not exact is too long for any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true))
  }

  /** Big-endian, unlike all other numbers of a pickle. */
  float64(): number {
    return this.#view.getFloat64(this.#pass(8), false)
  }

  /** A copy, so that a value does not hold on to the file. */
  bytes(count: number): Uint8Array {
    const start = this.#pass(count)
    return this.#bytes.slice(start, start + count)
  }

  /** @throws Error for bytes that are not UTF-8 */
  text(count: number): string {
    const start = this.#pass(count)
    try {
      return utf8.decode(this.#bytes.subarray(start, start + count))
    } catch {
      throw new Error('a text is not UTF-8')
    }
  }

  /** A line of protocol 0, without its end. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.at)
    if (end === -1) throw new Error('it ends early: a line has no end')
    const text = Buffer.from(this.#bytes.subarray(this.at, end)).toString('latin1')
    this.at = end + 1
    return text
  }

  /** A whole number in two's complement, little-endian. */
  integer(count: number): number | bigint {
    if (count > MAX_INTEGER_BYTES) throw new Error(`it has a number of ${count} bytes`)
    let value = 0n
    const bytes = this.bytes(count)
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
    if (count > 0 && (bytes[count - 1] as number) > 127) value -= 1n << BigInt(8 * count)
    return narrow(value)
  }
}

const MAX_INTEGER_BYTES = 64

/** A number where it is exact as one. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

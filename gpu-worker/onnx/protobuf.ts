/** The part of the protobuf wire format that a ModelProto needs. Knows nothing of ONNX. */

/** A message under construction. Fields are written in the order of the calls. */
export class ProtobufWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  /**
   * Field of an integer type (int32, int64, enum, bool); negative values take ten bytes, as
   * specified.
   */
  int(field: number, value: number | bigint): this {
    this.#varint(BigInt(field) << 3n)
    this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  /** Field of type float. */
  float(field: number, value: number): this {
    this.#varint((BigInt(field) << 3n) | 5n)
    const at = this.#reserve(4)
    new DataView(this.#bytes.buffer).setFloat32(at, value, true)
    return this
  }

  /** Field of type string, bytes or a finished message. */
  bytes(field: number, value: string | Uint8Array): this {
    const data = typeof value === 'string' ? new TextEncoder().encode(value) : value
    this.#varint((BigInt(field) << 3n) | 2n)
    this.#varint(BigInt(data.length))
    const at = this.#reserve(data.length)
    this.#bytes.set(data, at)
    return this
  }

  /** Field of type message, filled by `write`. */
  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter()
    write(inner)
    return this.bytes(field, inner.finish())
  }

  /** The bytes so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #varint(value: bigint): void {
    let rest = value
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128)
    this.#byte(Number(rest))
  }

  #byte(value: number): void {
    const at = this.#reserve(1)
    this.#bytes[at] = value
  }

  /** Reserves space and returns its offset. May replace the buffer, so read that afterwards. */
  #reserve(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
    }
    return at
  }
}

/** What a pickle may hold here: plain values and arrays of numbers. Knows nothing of the format. */

/** Lists and tuples are arrays, dicts are maps. They may contain themselves. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | NumberType
  | NumberArray
  | Constructor

/** A type of numpy: kind (`b` boolean, `u`, `i`, `f`), bytes of a number, and their order. */
export class NumberType {
  readonly kind: 'b' | 'u' | 'i' | 'f'
  readonly bytes: 1 | 2 | 4 | 8
  littleEndian = true

  /** @param name as numpy writes it: `u1`, `<f8`. @throws Error for any other type */
  constructor(name: string) {
    const match = /^([<>|=]?)([buif])([1248])$/.exec(name)
    const [, order, kind, bytes] = match ?? []
    const exists = kind === 'f' ? bytes !== '1' && bytes !== '2' : kind !== 'b' || bytes === '1'
    if (match === null || !exists)
      throw new Error(`arrays of the numpy type ${JSON.stringify(name)} are not read`)
    this.kind = kind as NumberType['kind']
    this.bytes = Number(bytes) as NumberType['bytes']
    this.littleEndian = order !== '>'
  }

  /** Reads one number. @throws RangeError past the end */
  read(view: DataView, at: number): number {
    const { kind, bytes, littleEndian } = this
    if (kind === 'f')
      return bytes === 4 ? view.getFloat32(at, littleEndian) : view.getFloat64(at, littleEndian)
    const signed = kind === 'i'
    switch (bytes) {
      case 1:
        return signed ? view.getInt8(at) : view.getUint8(at)
      case 2:
        return signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian)
      case 4:
        return signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian)
      case 8:
        return Number(
          signed ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian),
        )
    }
  }
}

/**
 * An array of numpy. It keeps the bytes of the file, which several arrays may share, and makes numbers
 * of them only when asked. Empty until its state is read.
 */
export class NumberArray {
  shape: readonly number[] = [0]
  #type: NumberType | null = null
  #bytes = new Uint8Array()
  #columnsFirst = false

  /** @throws Error if shape and bytes disagree */
  fill(shape: readonly number[], type: NumberType, bytes: Uint8Array, columnsFirst: boolean): void {
    const size = product(shape) * type.bytes
    if (size !== bytes.length)
      throw new Error(
        `an array of shape ${shape.join('x')} takes ${size} bytes, not ${bytes.length}`,
      )
    this.shape = shape
    this.#type = type
    this.#bytes = bytes as Uint8Array<ArrayBuffer>
    this.#columnsFirst = columnsFirst
  }

  /** All numbers; the last axis runs fastest. */
  numbers(): Float64Array {
    const { shape } = this
    const bytes = this.#bytes
    const values = new Float64Array(product(shape))
    const type = this.#type
    if (type === null) return values
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!this.#columnsFirst) return values.map((_, at) => type.read(view, at * type.bytes))
    // How far apart neighbours along each axis are, in the file.
    const axes = shape.map((_, axis) => axis)
    const faster = (axis: number) =>
      axes.filter((one) => (this.#columnsFirst ? one < axis : one > axis))
    const steps = axes.map((axis) => product(faster(axis).map((one) => shape[one] as number)))
    const place = axes.map(() => 0)
    let from = 0
    for (let at = 0; at < values.length; at++) {
      values[at] = type.read(view, from * type.bytes)
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const step = steps[axis] as number
        const next = (place[axis] as number) + 1
        if (next < (shape[axis] as number)) {
          place[axis] = next
          from += step
          break
        }
        from -= step * (place[axis] as number)
        place[axis] = 0
      }
    }
    return values
  }
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum * number, 1)
}

/** One of the few things that a pickle may call, by its name in Python. Never code of the pickle. */
export class Constructor {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

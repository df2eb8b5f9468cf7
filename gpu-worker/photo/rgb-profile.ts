/** Writes a colour profile (ICC.1:2010) for RGB values of known primaries and transfer curve. */

type Xy = readonly [x: number, y: number]
type Vector = readonly [number, number, number]
type Matrix = readonly [Vector, Vector, Vector]

/** Chromaticities of white and primaries, and light as a function of the value, both 0 to 1. */
export type RgbSpace = {
  readonly white: Xy
  readonly primaries: readonly [red: Xy, green: Xy, blue: Xy]
  readonly light: (value: number) => number
}

/** The profile connection space's white. */
const D50: Vector = [0.9642, 1, 0.8249]
/** From XYZ to the cone responses that Bradford's adaptation scales. */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]
const CURVE_POINTS = 1024
const HEADER_BYTES = 128

/** A profile with three primaries and one curve for all of them. */
export function rgbProfile({ white, primaries, light }: RgbSpace): Uint8Array {
  const adapt = adaptation(xyz(white))
  const colorants = transposed(multiplied(adapt, primaryMatrix(white, primaries)))
  const curve = Array.from({ length: CURVE_POINTS }, (_, i) => light(i / (CURVE_POINTS - 1)))
  const trc = tag('curv', uint32(CURVE_POINTS), ...curve.map((y) => uint16(65_535 * y)))
  const named = (text: string) =>
    tag(
      'mluc',
      uint32(1),
      uint32(12),
      ascii('enUS'),
      uint32(2 * text.length),
      uint32(28),
      utf16(text),
    )
  const tags: [string, Buffer][] = [
    ['desc', named('RGB')],
    ['cprt', named('none')],
    ['wtpt', tag('XYZ ', ...D50.map(fixed))],
    ['chad', tag('sf32', ...adapt.flat().map(fixed))],
    ...colorants.map((c, i): [string, Buffer] => [`${'rgb'[i]}XYZ`, tag('XYZ ', ...c.map(fixed))]),
    ...['r', 'g', 'b'].map((name): [string, Buffer] => [`${name}TRC`, trc]),
  ]
  return assembled(tags)
}

/** Header, table of tags, tags; equal tags are stored once. */
function assembled(tags: readonly [string, Buffer][]): Uint8Array {
  const bodies = [...new Set(tags.map(([, body]) => body))]
  const offsets = new Map<Buffer, number>()
  let at = HEADER_BYTES + 4 + 12 * tags.length
  for (const body of bodies) {
    offsets.set(body, at)
    at += body.length
  }
  const table = tags.flatMap(([name, body]) => [
    ascii(name),
    uint32(offsets.get(body) as number),
    uint32(body.length),
  ])
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(at, 0)
  header.writeUInt32BE(0x04300000, 8)
  header.write('mntrRGB XYZ ', 12)
  header.set([7, 0xda, 0, 1, 0, 1], 24) // 1 January 2010
  header.write('acsp', 36)
  D50.forEach((value, i) => {
    fixed(value).copy(header, 68 + 4 * i)
  })
  return Buffer.concat([header, uint32(tags.length), ...table, ...bodies])
}

/** A tag's type, four reserved bytes and its data, padded to four bytes. */
function tag(type: string, ...data: Buffer[]): Buffer {
  const body = Buffer.concat([ascii(type), uint32(0), ...data])
  return Buffer.concat([body, Buffer.alloc(-body.length & 3)])
}

/** XYZ of the primaries as columns, scaled so that together they are white. */
function primaryMatrix(white: Xy, primaries: RgbSpace['primaries']): Matrix {
  const columns = transposed(three(primaries, xyz))
  const scale = applied(inverse(columns), xyz(white))
  return three(columns, (row) => three(row, (value, i) => value * scale[i]))
}

/** Bradford's adaptation from a white to D50. */
function adaptation(white: Vector): Matrix {
  const from = applied(BRADFORD, white)
  const to = applied(BRADFORD, D50)
  const scaled = three(BRADFORD, (row, i) => three(row, (value) => (value * to[i]) / from[i]))
  return multiplied(inverse(BRADFORD), scaled)
}

type Index = 0 | 1 | 2

/** `map` for three of a kind. */
function three<T, U>([a, b, c]: readonly [T, T, T], change: (value: T, i: Index) => U): [U, U, U] {
  return [change(a, 0), change(b, 1), change(c, 2)]
}

function xyz([x, y]: Xy): Vector {
  return [x / y, 1, (1 - x - y) / y]
}

function applied(m: Matrix, [x, y, z]: Vector): Vector {
  return three(m, ([a, b, c]) => a * x + b * y + c * z)
}

function transposed(m: Matrix): Matrix {
  return three(m, (_, i) => three(m, (row) => row[i]))
}

function multiplied(left: Matrix, right: Matrix): Matrix {
  return transposed(three(transposed(right), (column) => applied(left, column)))
}

/** By cross products of the columns. */
function inverse(m: Matrix): Matrix {
  const [a, b, c] = transposed(m)
  const rows: Matrix = [cross(b, c), cross(c, a), cross(a, b)]
  const [first] = rows
  const determinant = a[0] * first[0] + a[1] * first[1] + a[2] * first[2]
  return three(rows, (row) => three(row, (value) => value / determinant))
}

function cross([a, b, c]: Vector, [x, y, z]: Vector): Vector {
  return [b * z - c * y, c * x - a * z, a * y - b * x]
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(Math.round(value))
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** s15Fixed16. */
function fixed(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(Math.round(65_536 * value))
  return bytes
}

/**
 * Reads Python's pickles, protocols 0 to 5, as data: opcodes are interpreted here, and the only things
 * that a pickle may call are those of `constructors.ts`. Python's own `pickle` runs whatever a file asks
 * for, so files of benchmarks are not to be trusted with it. Opcodes as in CPython's pickletools.
 */

import { build, call, constructorOf } from './constructors.ts'
import { ByteReader, narrow } from './reader.ts'
import type { Value } from './values.ts'

/** Limits, far above what benchmarks need: a region of 100,000 points takes 600,000 values. */
export const MAX_PICKLE_BYTES = 64_000_000
const MAX_VALUES = 8_000_000
const MAX_MEMO = 2_000_000
const MAX_MARKS = 1_000
const MAX_DIGITS = 150

/** @throws Error that says what is wrong, and where: for a pickle that is broken, or asks for more */
export function readPickle(bytes: Uint8Array): Value {
  if (bytes.length > MAX_PICKLE_BYTES)
    throw new Error(`the pickle has ${bytes.length} bytes; the limit is ${MAX_PICKLE_BYTES}`)
  const machine = new Machine(bytes)
  try {
    return machine.run()
  } catch (error) {
    throw new Error(`the pickle is not readable at byte ${machine.at}: ${(error as Error).message}`)
  }
}

class Machine {
  readonly #from: ByteReader
  readonly #stack: Value[] = []
  /** Heights of the stack at its marks. */
  readonly #marks: number[] = []
  readonly #memo = new Map<number, Value>()
  #values = 0
  #made = 0
  /** Where the last opcode is. */
  at = 0

  constructor(bytes: Uint8Array) {
    this.#from = new ByteReader(bytes)
  }

  run(): Value {
    for (;;) {
      this.at = this.#from.at
      const code = this.#from.uint8()
      if (code === STOP) return this.#pop()
      const operation = operations[code]
      if (operation === undefined) {
        const known = rejected[code]
        throw new Error(
          known ?? `it has the unknown opcode 0x${code.toString(16).padStart(2, '0')}`,
        )
      }
      operation(this, this.#from)
    }
  }

  push(value: Value): void {
    this.#values++
    if (this.#values > MAX_VALUES) throw new Error(`it has more than ${MAX_VALUES} values`)
    this.#stack.push(value)
  }

  #pop(): Value {
    const floor = this.#marks.at(-1) ?? 0
    if (this.#stack.length <= floor) throw new Error('it takes a value where there is none')
    return this.#stack.pop() as Value
  }

  pop(): Value {
    return this.#pop()
  }

  /** Counts bytes that a call made of text, which may be the same text again and again. */
  count(bytes: number): void {
    this.#made += bytes
    if (this.#made > MAX_PICKLE_BYTES) throw new Error('it makes more bytes than a file may have')
  }

  top(): Value {
    const value = this.#pop()
    this.#stack.push(value)
    return value
  }

  mark(): void {
    if (this.#marks.length === MAX_MARKS) throw new Error(`it opens more than ${MAX_MARKS} lists`)
    this.#marks.push(this.#stack.length)
  }

  /** What is above the last mark, which is taken away. */
  toMark(): Value[] {
    const floor = this.#marks.pop()
    if (floor === undefined) throw new Error('it closes a list that it did not open')
    return this.#stack.splice(floor)
  }

  /** The opcode 0, which also takes a mark away. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop()
    else this.#pop()
  }

  remember(key: number): void {
    if (!Number.isSafeInteger(key) || key < 0) throw new Error('it numbers a value oddly')
    if (this.#memo.size >= MAX_MEMO) throw new Error(`it remembers more than ${MAX_MEMO} values`)
    this.#memo.set(key, this.top())
  }

  rememberNext(): void {
    this.remember(this.#memo.size)
  }

  recall(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) throw new Error(`it refers to value ${key}, which it did not number`)
    this.push(value)
  }

  /** Adds to the list on top. */
  append(values: readonly Value[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw new Error('it appends to something that is no list')
    for (const value of values) list.push(value)
  }

  /** Adds keys and values by turns to the dict on top. */
  setItems(values: readonly Value[]): void {
    const dict = this.top()
    if (!(dict instanceof Map)) throw new Error('it sets a key of something that is no dict')
    if (values.length % 2 === 1) throw new Error('it sets a key without a value')
    for (let i = 0; i < values.length; i += 2) {
      const key = values[i] as Value
      if (typeof key === 'object' && key !== null)
        throw new Error('a key is neither text nor a number')
      dict.set(key, values[i + 1] as Value)
    }
  }

  tuple(count: number): void {
    const values: Value[] = []
    for (let i = 0; i < count; i++) values.unshift(this.#pop())
    this.push(values)
  }
}

const STOP = code('.')

/** Those that would run code, or need what is not in the file. */
const rejected: Readonly<Record<number, string>> = {
  [code('i')]: 'it makes an object of a class; only arrays of numpy and plain values are read',
  [code('o')]: 'it makes an object of a class; only arrays of numpy and plain values are read',
  [code('P')]: 'it refers to something outside the file',
  [code('Q')]: 'it refers to something outside the file',
  129: 'it makes an object of a class; only arrays of numpy and plain values are read',
  130: 'it uses an extension of the pickle format',
  131: 'it uses an extension of the pickle format',
  132: 'it uses an extension of the pickle format',
  143: 'it has a set; only lists, tuples and dicts are read',
  145: 'it has a set; only lists, tuples and dicts are read',
  146: 'it makes an object of a class; only arrays of numpy and plain values are read',
  151: 'it refers to something outside the file',
}

function code(character: string): number {
  return character.charCodeAt(0)
}

type Operation = (machine: Machine, from: ByteReader) => void

const operations: Readonly<Record<number, Operation>> = {
  // Plain values.
  [code('N')]: (m) => m.push(null),
  [code('I')]: (m, from) => {
    const text = from.line()
    m.push(text === '00' ? false : text === '01' ? true : whole(text))
  },
  [code('L')]: (m, from) => m.push(whole(from.line().replace(/L$/, ''))),
  [code('J')]: (m, from) => m.push(from.int32()),
  [code('K')]: (m, from) => m.push(from.uint8()),
  [code('M')]: (m, from) => m.push(from.uint16()),
  138: (m, from) => m.push(from.integer(from.uint8())),
  139: (m, from) => m.push(from.integer(from.uint32())),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  [code('F')]: (m, from) => m.push(decimal(from.line())),
  [code('G')]: (m, from) => m.push(from.float64()),
  // Text and bytes. Those of Python 2 are bytes; numpy's are read as Latin-1.
  [code('S')]: (m, from) => m.push(quoted(from.line())),
  [code('T')]: (m, from) => m.push(latin1(from.bytes(from.uint32()))),
  [code('U')]: (m, from) => m.push(latin1(from.bytes(from.uint8()))),
  [code('V')]: (m, from) => m.push(escaped(from.line())),
  [code('X')]: (m, from) => m.push(from.text(from.uint32())),
  140: (m, from) => m.push(from.text(from.uint8())),
  141: (m, from) => m.push(from.text(from.uint64())),
  [code('B')]: (m, from) => m.push(from.bytes(from.uint32())),
  [code('C')]: (m, from) => m.push(from.bytes(from.uint8())),
  142: (m, from) => m.push(from.bytes(from.uint64())),
  150: (m, from) => m.push(from.bytes(from.uint64())),
  // A buffer that may not be written to is the same to us.
  152: () => {},
  // Lists, tuples and dicts.
  [code('(')]: (m) => m.mark(),
  [code(']')]: (m) => m.push([]),
  [code('l')]: (m) => m.push(m.toMark()),
  [code('a')]: (m) => {
    const value = m.pop()
    m.append([value])
  },
  [code('e')]: (m) => m.append(m.toMark()),
  [code(')')]: (m) => m.push([]),
  [code('t')]: (m) => m.push(m.toMark()),
  133: (m) => m.tuple(1),
  134: (m) => m.tuple(2),
  135: (m) => m.tuple(3),
  [code('}')]: (m) => m.push(new Map()),
  [code('d')]: (m) => {
    const values = m.toMark()
    m.push(new Map())
    m.setItems(values)
  },
  [code('s')]: (m) => {
    const value = m.pop()
    const key = m.pop()
    m.setItems([key, value])
  },
  [code('u')]: (m) => m.setItems(m.toMark()),
  // The stack and what is remembered of it.
  [code('0')]: (m) => m.drop(),
  [code('1')]: (m) => {
    m.toMark()
  },
  [code('2')]: (m) => m.push(m.top()),
  [code('p')]: (m, from) => m.remember(keyOf(from.line())),
  [code('q')]: (m, from) => m.remember(from.uint8()),
  [code('r')]: (m, from) => m.remember(from.uint32()),
  148: (m) => m.rememberNext(),
  [code('g')]: (m, from) => m.recall(keyOf(from.line())),
  [code('h')]: (m, from) => m.recall(from.uint8()),
  [code('j')]: (m, from) => m.recall(from.uint32()),
  // The few calls.
  [code('c')]: (m, from) => m.push(constructorOf(from.line(), from.line())),
  147: (m) => {
    const [name, module] = [m.pop(), m.pop()]
    if (typeof name !== 'string' || typeof module !== 'string')
      throw new Error('it names a function by something that is no text')
    m.push(constructorOf(module, name))
  },
  [code('R')]: (m) => {
    const args = m.pop()
    const value = call(m.pop(), args)
    if (value instanceof Uint8Array) m.count(value.length)
    m.push(value)
  },
  [code('b')]: (m) => {
    const state = m.pop()
    m.count(build(m.top(), state))
  },
  // What only helps a reader.
  128: (_, from) => {
    const protocol = from.uint8()
    if (protocol > 5) throw new Error(`it is of protocol ${protocol}; 0 to 5 are read`)
  },
  149: (_, from) => {
    from.uint64()
  },
}

function whole(text: string): number | bigint {
  if (/^[+-]?\d+$/.test(text) && text.length <= MAX_DIGITS) return narrow(BigInt(text))
  throw new Error('a number is not whole, or too long')
}

function decimal(text: string): number {
  const words: Readonly<Record<string, number>> = {
    nan: Number.NaN,
    inf: Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
  }
  const value = Object.hasOwn(words, text) ? (words[text] as number) : Number(text)
  if (text.trim() === '' || (Number.isNaN(value) && text !== 'nan'))
    throw new Error('a number is written oddly')
  return value
}

function keyOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Text of Python 2, in quotes: only plain escapes. */
function quoted(text: string): string {
  const match = /^(['"])(.*)\1$/s.exec(text)
  if (match === null) throw new Error('a text of protocol 0 has no quotes')
  const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
  return (match[2] as string).replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, after: string) =>
    after.length === 3
      ? String.fromCharCode(Number.parseInt(after.slice(1), 16))
      : (plain[after] ?? after),
  )
}

/** Text of protocol 0, with Python's `\uXXXX`. */
function escaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (_, short, long) => {
    const point = Number.parseInt(short ?? long, 16)
    if (point > 0x10ffff) throw new Error('a text has a character that does not exist')
    return String.fromCodePoint(point)
  })
}

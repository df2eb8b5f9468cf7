import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readPickle } from '../../../../evaluation/benchmarks/pickle/pickle.ts'
import { NumberArray, type Value } from '../../../../evaluation/benchmarks/pickle/values.ts'

/** Written by CPython and numpy: test/parity/make_pickles.py. */
const written: { good: string[]; bad: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../../fixtures/evaluation/pickles.json', import.meta.url), 'utf8'),
)
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))

/** Values as tests write them. */
function plain(value: Value | undefined): unknown {
  if (value instanceof NumberArray) return { shape: value.shape, numbers: [...value.numbers()] }
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]))
  return Array.isArray(value) ? value.map(plain) : value
}

/** Opcodes and texts, one after another. */
function pickle(...parts: (string | number | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) =>
      typeof part === 'string'
        ? [...Buffer.from(part, 'latin1')]
        : Array.isArray(part)
          ? part
          : [part as number],
    ),
  )
}
const uint32 = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255)
const STOP = '.'

describe('reads what Python and numpy write', () => {
  test.each(written.good.map((base64, protocol) => ({ base64, protocol })))(
    'protocol $protocol',
    ({ base64 }) => {
      expect(plain(readPickle(bytesOf(base64)))).toEqual({
        prompt: 'a photo of a café',
        points: [
          [1, 2],
          [300, 70000],
          [4.5, -1.25],
        ],
        mask: { shape: [3, 4], numbers: [0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1] },
        bool: { shape: [2, 2], numbers: [1, 0, 0, 1] },
        columns: { shape: [2, 3], numbers: [1, 2, 3, 4, 5, 6] },
        deep: { shape: [2, 3, 4], numbers: Array.from({ length: 24 }, (_, i) => i) },
        big: { shape: [2], numbers: [1.5, -2.25] },
        long: { shape: [2], numbers: [-1, 2 ** 40] },
        scalar: -7,
        truth: true,
        plain: [
          null,
          true,
          false,
          -1,
          255,
          65535,
          2 ** 31,
          -(2 ** 31),
          2n ** 70n,
          -(2n ** 70n),
          1e300,
          { bytes: [0, 255] },
          { bytes: [] },
          '',
          { k: [] },
        ],
        empty: { shape: [0, 2], numbers: [] },
      })
    },
  )

  test('the names of numpy before version 2', () => {
    const text = Buffer.from(written.good[0] ?? '', 'base64').toString('latin1')
    expect(text).toContain('cnumpy._core.multiarray\n_reconstruct')
    const older = pickle(text.replaceAll('numpy._core', 'numpy.core'))
    expect(plain((readPickle(older) as Map<Value, Value>).get('bool'))).toEqual({
      shape: [2, 2],
      numbers: [1, 0, 0, 1],
    })
  })
})

describe('rejects', () => {
  const asks = /asks for "posix.system", which is not called/
  test.each([
    ['system-0', asks],
    ['system-4', asks],
    ['object-2', /asks for "pickle.PicklingError"|an object of a class/],
    ['set-4', /has a set/],
    ['complex-4', /numpy type "c16" are not read/],
    ['objects-4', /numpy type "O8" are not read/],
    ['records-4', /numpy type "V1" are not read|arrays of records/],
  ])('%s of Python', (name, why) => {
    expect(() => readPickle(bytesOf(written.bad[name] ?? ''))).toThrow(why)
  })

  test.each([
    ['code by name', pickle('c__builtin__\neval\n(S', "'1'\ntR."), /"__builtin__.eval"/],
    ['a name of the prototype', pickle('c\ntoString\n.'), /".toString"/],
    ['an old object', pickle("(S'x'\nios\nsystem\n."), /an object of a class/],
    ['a new object', pickle(')', 0x81, STOP), /an object of a class/],
    ['something outside the file', pickle('Pkey\n.'), /outside the file/],
    ['an extension', pickle(0x82, 1, STOP), /an extension/],
    ['a protocol of the future', pickle(0x80, 6, STOP), /protocol 6/],
    ['an unknown opcode', pickle(0xff, STOP), /unknown opcode 0xff/],
    [
      'text that announces 4 GB',
      pickle('X', uint32(0xfffffff0), 'abc', STOP),
      /4294967280 bytes are announced, 4 are left/,
    ],
    [
      'bytes that announce 16 EB',
      pickle(0x8e, Array(8).fill(255), STOP),
      /are announced, 1 are left/,
    ],
    ['a number of 4 GB', pickle(0x8b, uint32(0xfffffff0), STOP), /a number of 4294967280 bytes/],
    ['a number with a million digits', pickle(`I${'9'.repeat(1e6)}\n.`), /not whole, or too long/],
    ['nothing', pickle(), /ends early/],
    ['no end', pickle('N'), /ends early/],
    ['a value that is not there', pickle(STOP), /takes a value where there is none/],
    ['a value below an open list', pickle(']N(a.'), /takes a value where there is none/],
    ['a list that nobody opened', pickle('t.'), /closes a list that it did not open/],
    ['lists without an end', pickle('('.repeat(1001)), /opens more than 1000 lists/],
    ['what it did not remember', pickle('h', 5, STOP), /refers to value 5/],
    ['a key that is a list', pickle('}]Ns.'), /neither text nor a number/],
    ['a key without a value', pickle('}(Nu.'), /without a value/],
    ['an append to a dict', pickle('}Na.'), /no list/],
    ['a call of a text', pickle("S'x'\n)R."), /calls something that is no function/],
    ['text that is no UTF-8', pickle('X', uint32(1), 0xff, STOP), /not UTF-8/],
  ] as const)('%s', (_, bytes, why) => {
    expect(() => readPickle(bytes)).toThrow(why)
  })

  test('an array whose shape is a lie, before anything is allocated', () => {
    const array = (shape: string) =>
      pickle(
        `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n${shape}cnumpy\ndtype\n(S'u1'\nI0\nI1\ntRI00\nS'ab'\ntb.`,
      )
    expect(plain(readPickle(array('(I2\nt')))).toEqual({ shape: [2], numbers: [97, 98] })
    expect(() => readPickle(array('(I4000000000\nI4000000000\nt'))).toThrow(
      /takes 16000000000000000000 bytes, not 2/,
    )
    expect(() => readPickle(array('(I-1\nI-2\nt'))).toThrow(/not a few whole numbers/)
    expect(() => readPickle(array("S'two'\n"))).toThrow(/not a few whole numbers/)
    expect(() => readPickle(array(`(${'I1\n'.repeat(33)}I2\nt`))).toThrow(/not a few whole numbers/)
  })

  test('one text that is made bytes again and again', () => {
    // 1 MB of text, remembered; each further call takes nine bytes of the file.
    const text = pickle('X', uint32(1_000_000), 'a'.repeat(1_000_000), 'q', 0)
    const call = pickle('c_codecs\nencode\n(h', 0, "S'latin1'\ntR0")
    const calls = Array.from({ length: 65 }, () => call)
    const bomb = Buffer.concat([text, ...calls, pickle('N.')])
    expect(() => readPickle(bomb)).toThrow(/makes more bytes than a file may have/)
  })

  test('a file above the limit, without looking at it', () => {
    expect(() => readPickle(new Uint8Array(64_000_001))).toThrow(/the limit is 64000000/)
  })
})

test('every beginning of a pickle is rejected, and none of its bytes changed makes anything else than an error or a value', () => {
  const bytes = bytesOf(written.good[4] ?? '')
  for (let end = 0; end < bytes.length; end++)
    expect(() => readPickle(bytes.subarray(0, end))).toThrow(/^the pickle is not readable at byte/)
  for (let at = 0; at < bytes.length; at++)
    for (const value of [0x52, 0xff]) {
      const changed = bytes.slice()
      changed[at] = value
      try {
        readPickle(changed)
      } catch (error) {
        expect((error as Error).message).toMatch(/^the pickle is not readable at byte \d+: /)
      }
    }
})

test('a list that contains itself is read, and is nothing that a reader takes', () => {
  const list = readPickle(pickle(']q', 0, 'h', 0, 'a.')) as Value[]
  expect(list[0]).toBe(list)
})

test('the error says where, and does not show what a file says at length', () => {
  const long = 'x'.repeat(10_000)
  expect(() => readPickle(pickle(`c${long}\n${long}\n.`))).toThrow(
    /at byte 0: it asks for ".{100}"/,
  )
})

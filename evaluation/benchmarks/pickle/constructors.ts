/**
 * What a pickle may call, and what each call gives: the few functions with which numpy and Python
 * write arrays, numbers and bytes. Everything else is rejected by name; nothing is ever looked up.
 */

import { Constructor, NumberArray, NumberType, type Value } from './values.ts'

/** By name, with the modules in which releases of numpy and Python have put them. */
const known: Readonly<Record<string, string>> = {
  'numpy.core.multiarray._reconstruct': 'reconstruct',
  'numpy._core.multiarray._reconstruct': 'reconstruct',
  'numpy.core.multiarray.scalar': 'scalar',
  'numpy._core.multiarray.scalar': 'scalar',
  'numpy.core.numeric._frombuffer': 'from buffer',
  'numpy._core.numeric._frombuffer': 'from buffer',
  'numpy.ndarray': 'ndarray',
  'numpy.dtype': 'dtype',
  '_codecs.encode': 'encode',
  '__builtin__.bytes': 'bytes',
  'builtins.bytes': 'bytes',
  '__builtin__.bytearray': 'bytes',
  'builtins.bytearray': 'bytes',
}

/** Axes of an array, at most; numpy has at most 64. */
const MAX_AXES = 32

/** @throws Error for a name that is not known */
export function constructorOf(module: string, name: string): Constructor {
  const full = `${module}.${name}`
  const found = Object.hasOwn(known, full) ? known[full] : undefined
  if (found !== undefined) return new Constructor(found)
  throw new Error(
    `it asks for ${JSON.stringify(full.slice(0, 100))}, which is not called: only arrays of numpy and plain values are read`,
  )
}

/** The value of a call. @throws Error for arguments that it does not take */
export function call(callee: Value, args: Value): Value {
  if (!(callee instanceof Constructor) || !Array.isArray(args))
    throw new Error('it calls something that is no function')
  const [first, second, third, fourth] = args
  switch (callee.name) {
    case 'reconstruct':
      return new NumberArray()
    case 'dtype':
      if (typeof first === 'string') return new NumberType(first)
      break
    case 'scalar':
      if (first instanceof NumberType && second instanceof Uint8Array) {
        const one = new NumberArray()
        one.fill([], first, second, false)
        const [value = 0] = one.numbers()
        return first.kind === 'b' ? value !== 0 : value
      }
      break
    case 'from buffer':
      if (first instanceof Uint8Array && second instanceof NumberType) {
        const array = new NumberArray()
        array.fill(shapeOf(third), second, first, fourth === 'F')
        return array
      }
      break
    case 'encode':
      if (typeof first === 'string' && second === 'latin1') return latin1(first)
      break
    case 'bytes':
      if (args.length === 0) return new Uint8Array()
      if (first instanceof Uint8Array) return first
      break
  }
  throw new Error(`the arguments of a ${callee.name} are odd`)
}

/**
 * Sets the state of what a call gave.
 *
 * @returns how many bytes were made of text
 * @throws Error for a state that it does not have
 */
export function build(value: Value, state: Value): number {
  if (!Array.isArray(state)) throw new Error('it sets a state that is no tuple')
  if (value instanceof NumberType) {
    const [, order, , names] = state
    if (names !== null && names !== undefined) throw new Error('arrays of records are not read')
    if (order === '>') value.littleEndian = false
    return 0
  }
  if (value instanceof NumberArray) {
    const [shape, type, columnsFirst, bytes] = state.length === 5 ? state.slice(1) : state
    if (!(type instanceof NumberType)) throw new Error('an array has no type of numbers')
    const data = typeof bytes === 'string' ? latin1(bytes) : bytes
    if (!(data instanceof Uint8Array)) throw new Error('an array has no bytes')
    value.fill(shapeOf(shape), type, data, columnsFirst === true || columnsFirst === 1)
    return data === bytes ? 0 : data.length
  }
  throw new Error('it sets the state of something that has none')
}

function shapeOf(value: Value | undefined): number[] {
  const sides = Array.isArray(value) ? value : [Number.NaN]
  const sane = (side: Value): side is number =>
    typeof side === 'number' && Number.isSafeInteger(side) && side >= 0
  if (sides.length <= MAX_AXES && sides.every(sane)) return sides
  throw new Error('an array has a shape that is not a few whole numbers')
}

/** Bytes that older protocols write as text. */
function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 255) throw new Error('bytes are written with characters that are none')
    bytes[at] = code
  }
  return bytes
}

import { expect, test } from 'vitest'
import { ProtobufWriter } from '../../../gpu-worker/onnx/protobuf.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('the examples of the protobuf encoding guide', () => {
  expect(hex(new ProtobufWriter().int(1, 150).finish())).toBe('089601')
  expect(hex(new ProtobufWriter().bytes(2, 'testing').finish())).toBe('120774657374696e67')
  expect(hex(new ProtobufWriter().message(3, (m) => m.int(1, 150)).finish())).toBe('1a03089601')
})

test('negative integers take ten bytes, floats four, fields over 15 two-byte tags', () => {
  expect(hex(new ProtobufWriter().int(1, -1).finish())).toBe('08ffffffffffffffffff01')
  expect(hex(new ProtobufWriter().float(1, 1.5).finish())).toBe('0d0000c03f')
  expect(hex(new ProtobufWriter().int(20, 2).finish())).toBe('a00102')
})

test('messages longer than the first buffer keep every byte', () => {
  const text = 'x'.repeat(5000)
  const bytes = new ProtobufWriter().int(1, 7).bytes(2, text).int(3, 9).finish()
  expect(bytes.length).toBe(2 + 3 + 5000 + 2)
  expect(hex(bytes.subarray(-2))).toBe('1809')
})

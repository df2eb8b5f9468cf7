import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  readHeader,
  readSafetensors,
  writeSafetensors,
} from '../../../gpu-worker/checkpoint/safetensors.ts'

async function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Promise<string> {
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  const path = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'a.safetensors')
  await writeFile(path, Buffer.concat([prefix, json, data]))
  return path
}

test('types, shapes and byte ranges are read from a header made by hand', async () => {
  const header = {
    __metadata__: { format: 'pt' },
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'BF16', shape: [1, 3], data_offsets: [8, 14] },
  }
  const path = await file(header, new Uint8Array(14))
  const start = 8 + JSON.stringify(header).length
  expect([...(await readSafetensors(path))]).toEqual([
    ['a', { type: 'F32', dims: [2], file: path, offset: start, length: 8 }],
    ['b', { type: 'BF16', dims: [1, 3], file: path, offset: start + 8, length: 6 }],
  ])
})

test('written tensors can be read back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-'))
  const tensors = [
    { name: 'x', dims: [1, 2], data: Float32Array.of(1, 2) },
    { name: 'y', dims: [1], data: Float32Array.of(3) },
  ]
  await writeFile(join(folder, 'b.safetensors'), writeSafetensors(tensors))
  const read = await readSafetensors(join(folder, 'b.safetensors'))
  expect(read.get('y')).toMatchObject({ type: 'F32', dims: [1], length: 4 })
  expect((read.get('x')?.offset ?? 1) % 8).toBe(0)
})

describe('a broken file is an error with the tensor and both numbers', () => {
  test.each([
    [
      'a range of another length',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      /a is F32 \[2\].*8 bytes.*4/,
    ],
    [
      'a range past the end',
      { a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } },
      /a ends at byte/,
    ],
    [
      'a type that graphs do not accept',
      { a: { dtype: 'C64', shape: [1], data_offsets: [0, 8] } },
      /a is C64; the types that are read are F32/,
    ],
  ])('%s', async (_, header, message) => {
    await expect(readSafetensors(await file(header, new Uint8Array(8)))).rejects.toThrow(message)
  })

  const pair = (a: [number, number], b: [number, number]) => ({
    a: { dtype: 'U8', shape: [a[1] - a[0]], data_offsets: a },
    b: { dtype: 'U8', shape: [b[1] - b[0]], data_offsets: b },
  })
  test.each([
    ['overlap', pair([0, 5], [4, 8]), /b starts at byte \d+, but the tensor before it ends/],
    ['are the same bytes', pair([0, 8], [0, 8]), /starts at byte/],
    ['leave a gap', pair([0, 3], [4, 8]), /b starts at byte/],
    ['end too early', pair([0, 3], [3, 6]), /the tensors end at byte/],
    ['run backwards', pair([0, 8], [8, 7]), /b is U8 \[-1\]|no valid dtype/],
  ])('tensors that %s', async (_, header, message) => {
    await expect(readHeader(await file(header, new Uint8Array(8)))).rejects.toThrow(message)
  })

  test('an entry without a shape is named', async () => {
    await expect(readHeader(await file({ a: { dtype: 'F32' } }))).rejects.toThrow(
      /a has no valid dtype, shape and data_offsets/,
    )
  })

  test.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0', /git lfs pull/],
    ['GGUF\x03\0\0\0\0\0\0\0\0\0\0\0', /GGUF/],
    ['PK\x03\x04\0\0\0\0\0\0\0\0', /PyTorch/],
    ['<!doctype html>', /web page/],
    ['', /has 0 bytes/],
  ])('a file that starts with %j', async (text, message) => {
    const path = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'a.safetensors')
    await writeFile(path, text, 'latin1')
    await expect(readHeader(path)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })

  test('a header longer than the file', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'a.safetensors')
    await writeFile(path, Buffer.alloc(8, 0x7f))
    await expect(readSafetensors(path)).rejects.toThrow(/header/)
  })
})

test('a type that no graph accepts is kept apart until something needs it', async () => {
  const header = { a: { dtype: 'F8_E5M2', shape: [0], data_offsets: [0, 0] } }
  expect((await readHeader(await file(header))).get('a')).toMatchObject({ type: 'F8_E5M2' })
})

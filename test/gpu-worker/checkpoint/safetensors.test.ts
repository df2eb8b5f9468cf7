import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'

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
      /dtype/,
    ],
  ])('%s', async (_, header, message) => {
    await expect(readSafetensors(await file(header, new Uint8Array(8)))).rejects.toThrow(message)
  })

  test('a header longer than the file', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'a.safetensors')
    await writeFile(path, Buffer.alloc(8, 0x7f))
    await expect(readSafetensors(path)).rejects.toThrow(/header/)
  })
})

describe('openComponent', () => {
  test('joins shards and rejects a tensor that is in two', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'transformer')
    await mkdir(folder)
    const shard = (name: string) =>
      writeSafetensors([{ name, dims: [1], data: Float32Array.of(1) }])
    await writeFile(join(folder, 'config.json'), '{"a":1}')
    await expect(openComponent(folder)).rejects.toThrow(/no .safetensors/)
    await writeFile(join(folder, 'm-1.safetensors'), shard('one'))
    await writeFile(join(folder, 'm-2.safetensors'), shard('two'))
    const component = await openComponent(folder)
    expect(component.config).toEqual({ a: 1 })
    expect([...component.tensors.keys()]).toEqual(['one', 'two'])
    await writeFile(join(folder, 'm-3.safetensors'), shard('one'))
    await expect(openComponent(folder)).rejects.toThrow(/one is in two files/)
  })
})

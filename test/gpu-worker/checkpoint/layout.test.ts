import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'

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

describe('an index', () => {
  const usual = 'diffusion_pytorch_model'
  const shard = (name: string) =>
    Buffer.from(writeSafetensors([{ name, dims: [1], data: Float32Array.of(1) }]))
  const index = (map: Record<string, string>) => Buffer.from(JSON.stringify({ weight_map: map }))

  async function component(files: Record<string, Buffer>) {
    const folder = await mkdtemp(join(tmpdir(), 'contextdrag-'))
    await writeFile(join(folder, 'config.json'), '{}')
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
    return openComponent(folder)
  }

  test('of a variant does not come before the plain one, nor before the plain file', async () => {
    const variant = {
      [`${usual}.fp16.safetensors.index.json`]: index({ half: 'half.safetensors' }),
      'half.safetensors': shard('half'),
    }
    const sharded = await component({
      ...variant,
      [`${usual}.safetensors.index.json`]: index({ plain: 'plain.safetensors' }),
      'plain.safetensors': shard('plain'),
    })
    expect([...sharded.tensors.keys()]).toEqual(['plain'])
    const single = await component({ ...variant, [`${usual}.safetensors`]: shard('plain') })
    expect([...single.tensors.keys()]).toEqual(['plain'])
  })

  test('of hidden files, as macOS leaves them on other disks, does not count', async () => {
    const double = Buffer.from([0, 5, 0x16, 7, ...Buffer.alloc(100)])
    const whole = await component({ '._t5.safetensors': double, 't5.safetensors': shard('t5') })
    expect([...whole.tensors.keys()]).toEqual(['t5'])
    const sharded = await component({
      '._model.safetensors.index.json': double,
      [`${usual}-fp32.safetensors.index.json`]: index({ a: 'a.safetensors' }),
      'a.safetensors': shard('a'),
    })
    expect([...sharded.tensors.keys()]).toEqual(['a'])
  })

  test.each([
    ['a file outside the folder', { a: '../a.safetensors' }, /is not the name of a file/],
    ['a file in a folder', { a: 'b/a.safetensors' }, /is not the name of a file/],
    ['a missing shard', { a: 'gone.safetensors' }, /gone.safetensors is not in the folder/],
    ['a tensor that is not in its shard', { z: 'a.safetensors' }, /z is not in a.safetensors/],
    ['no map', null, /has no weight_map/],
  ])('with %s is rejected', async (_, map, message) => {
    const name = `${usual}.safetensors.index.json`
    const bytes = map === null ? Buffer.from('{}') : index(map)
    await expect(component({ [name]: bytes, 'a.safetensors': shard('a') })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })

  test('that is cut off is rejected', async () => {
    const name = `${usual}.safetensors.index.json`
    await expect(component({ [name]: Buffer.from('{"weight_map": {"a"') })).rejects.toThrow(
      /is not JSON/,
    )
  })
})

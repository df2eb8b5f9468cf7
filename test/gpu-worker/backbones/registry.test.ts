/** Checkpoints as people have them: each fault is an error that names the file and what to do. */

import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { sampleFolder } from '../../../samples/render.ts'
import { kontextCheckpoint } from '../../fixtures/checkpoint.ts'
import { contextdrag } from '../../fixtures/cli.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const photo = `${sampleFolder('balloon')}photo.jpg`
let folder: string

beforeEach(async () => {
  const links = await kontextCheckpoint()
  folder = `${links}-copy`
  await cp(links, folder, { recursive: true, dereference: true })
})

const open = async () => {
  const location = { checkpoint: folder, cache: tmpdir() }
  const options = { provider: 'cpu', threads: 1, keepLoaded: [] } as const
  const backbone = await openBackbone('flux1-kontext-dev', location, options)
  await backbone.close()
}

async function weightFile(component: string): Promise<string> {
  const name = (await readdir(join(folder, component))).find((file) =>
    file.endsWith('.safetensors'),
  )
  if (name === undefined) throw new Error(`${component} has no weights`)
  return join(folder, component, name)
}

/** Adds tensors to a file, with the bytes of a float32 1 each. */
async function addTensors(file: string, added: Record<string, [type: string, shape: number[]]>) {
  const bytes = await readFile(file)
  const end = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.subarray(8, end).toString())
  let offset = bytes.length - end
  const one = Buffer.from(Float32Array.of(1).buffer)
  const parts: Buffer[] = []
  for (const [name, [dtype, shape]] of Object.entries(added)) {
    const part = shape.includes(0) ? Buffer.alloc(0) : one
    header[name] = { dtype, shape, data_offsets: [offset, offset + part.length] }
    offset += part.length
    parts.push(part)
  }
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  await writeFile(file, Buffer.concat([prefix, json, bytes.subarray(end), ...parts]))
}

test('an ordinary checkpoint opens', open)

describe('a tensor that nothing uses is rejected by name', () => {
  const layer = 'encoder.block.0.layer.0.SelfAttention.q'
  test.each([
    ['text_encoder_2', `${layer}.scale_weight`, 'F32', []],
    ['text_encoder_2', 'scaled_fp8', 'F8_E4M3', [0]],
    ['text_encoder', 'text_model.encoder.layers.0.mlp.fc1.weight_scale', 'F32', [1]],
    ['transformer', 'transformer_blocks.0.attn.to_q.weight_scale', 'F32', []],
    ['transformer', 'transformer_blocks.0.attn.to_q.input_scale', 'F32', []],
    ['vae', 'decoder.conv_in.weight_scale_inv', 'F32', [1, 1]],
    ['transformer', 'transformer_blocks.0.attn.to_q.comfy_quant', 'U8', [4]],
    ['vae', 'extra', 'F8_E5M2', [0]],
  ] as const)('%s: %s', async (component, name, type, shape) => {
    await addTensors(await weightFile(component), { [name]: [type, [...shape]] })
    const error = await open().then(
      () => null,
      (cause) => cause,
    )
    expect(error?.code).toBe('model_unavailable')
    expect(error?.message).toContain(component)
    expect(error?.message).toContain(name.replace(/^text_model\./, ''))
    expect(error?.message).toContain(type)
    if (/scale/.test(name)) expect(error?.message).toContain('of scaled weights only float8')
  })
})

test('the other parts of a whole CLIP or T5 may be in the file, in any type', async () => {
  await addTensors(await weightFile('text_encoder'), {
    'text_model.embeddings.position_ids': ['I32', [1]],
    logit_scale: ['F32', []],
    'text_projection.weight': ['F32', [1, 1]],
  })
  await addTensors(await weightFile('text_encoder_2'), {
    'lm_head.weight': ['F32', [1, 1]],
    'decoder.block.0.layer.0.SelfAttention.q.weight': ['I32', [1]],
  })
  await open()
})

describe('a broken or foreign checkpoint is rejected', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['is a half download', async () => truncate(await weightFile('vae'), 5000), /incomplete/],
    [
      'lacks a tokenizer',
      () => rm(join(folder, 'tokenizer_2', 'tokenizer.json')),
      /tokenizer_2.*missing/,
    ],
    [
      'lacks a text encoder',
      () => rm(join(folder, 'text_encoder_2'), { recursive: true }),
      /text_encoder_2: is missing/,
    ],
    [
      'lacks its schedule',
      () => rm(join(folder, 'scheduler'), { recursive: true }),
      /scheduler_config.json: is missing/,
    ],
    [
      'has half a config',
      () => writeFile(join(folder, 'vae', 'config.json'), '{"a"'),
      /vae\/config.json: is not JSON/,
    ],
    [
      'has another config',
      () => writeFile(join(folder, 'vae', 'config.json'), '{}'),
      /vae\/config.json: /,
    ],
    [
      'is GGUF',
      async () => {
        await rm(join(folder, 'transformer'), { recursive: true })
        await writeFile(join(folder, 'flux1-kontext-dev-Q4_K_S.gguf'), 'GGUF')
      },
      /flux1-kontext-dev-Q4_K_S.gguf cannot be read/,
    ],
    [
      "is a folder of the hub's cache",
      async () => {
        const snapshot = `${folder}-snapshot`
        await rename(folder, snapshot)
        await mkdir(join(folder, 'snapshots'), { recursive: true })
        await mkdir(join(folder, 'refs'))
        await writeFile(join(folder, 'refs', 'main'), 'abc\n')
        await rename(snapshot, join(folder, 'snapshots', 'abc'))
      },
      /pass .*snapshots\/abc$/,
    ],
    [
      'is a file',
      async () => {
        folder = await weightFile('vae')
      },
      /is a file: pass the folder/,
    ],
  ])('that %s', async (_, spoil, message) => {
    await spoil()
    await expect(open()).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

test('the command line prints one line and exits with 2', async () => {
  await addTensors(await weightFile('text_encoder_2'), { scaled_fp8: ['F8_E4M3', [0]] })
  const model = ['--model', 'flux1-kontext-dev']
  const args = ['--drag', '206,190:300,160', '--steps', '1', '--checkpoint', folder]
  const io = ['--inputs', `${golden}t5/io.safetensors`, '--outputs', '/dev/null']
  for (const [command, code] of [
    [['edit', photo, ...model, ...args, '--out', join(tmpdir(), 'x.png')], 'model_unavailable'],
    [['models', 'verify', folder, ...model], 'invalid_request'],
    [
      ['run-graph', 't5-encoder', '--checkpoint', join(folder, 'text_encoder_2'), ...io],
      'model_unavailable',
    ],
  ] as const) {
    const result = await contextdrag(command)
    expect([result.code, JSON.parse(result.stderr)]).toMatchObject([
      2,
      { code, detail: expect.stringContaining('scaled_fp8') },
    ])
  }
})

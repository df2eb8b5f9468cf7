/** FLUX.2's components against PyTorch, diffusers and transformers with the same random weights (test/parity). */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { flux2Schedule } from '../../../../gpu-worker/backbones/flux2/schedule.ts'
import { chatOf, PROMPT_LENGTH } from '../../../../gpu-worker/backbones/flux2/text/encoder.ts'
import { Flux2Config } from '../../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { flux2Positions } from '../../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { namedSequence } from '../../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import { qwenTokenizer } from '../../../../gpu-worker/backbones/parts/text/qwen-tokenizer.ts'
import { graphs } from '../../../../gpu-worker/backbones/registry.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { load, relativeError, valuesOf } from '../../../fixtures/graphs.ts'

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url))
const golden = `${fixtures}golden/`
const TOLERANCE = 5e-5
const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const
const CONTROL =
  /^(inject_from|inject_weight|view_tokens|view_positions|double_view_tokens|block\..*)$/

async function open(folder: string) {
  return {
    component: await openComponent(golden + folder),
    io: await readTensors(`${golden}${folder}/io.safetensors`),
  }
}

async function run(
  name: string,
  { component, io }: Awaited<ReturnType<typeof open>>,
  more: object = {},
): Promise<Map<string, Tensor>> {
  const graph = graphs[name]
  if (graph === undefined) throw new Error(`no component ${name}`)
  return new Map(Object.entries(await graph.run(component, io, { ...options, ...more })))
}

describe('flux2-transformer: 12 target, 10 reference, 7 text tokens, ids on every axis', () => {
  const plainOf = (io: ReadonlyMap<string, Tensor>) =>
    new Map([...io].filter(([name]) => !CONTROL.test(name)))

  test('the plain backbone, all image rows', async () => {
    const { component, io } = await open('flux2')
    const got = await run('flux2-transformer', { component, io: plainOf(io) })
    expect(got.get('sample')?.dims).toEqual([1, 22, 16])
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'sample'))).toBeLessThan(TOLERANCE)
  })

  test('CTI, PRE and OAM, all image rows', async () => {
    const { component, io } = await open('flux2')
    const got = await run('flux2-transformer', { component, io })
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))).toBeLessThan(
      TOLERANCE,
    )
    expect(relativeError(valuesOf(io, 'sample'), valuesOf(io, 'controlled'))).toBeGreaterThan(0.01)
  })

  test('what is injected can attend to the reference alone, which is not the same', async () => {
    const { component, io } = await open('flux2')
    const all = BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i))
    const from = io.get('inject_from')?.data as BigInt64Array
    const asked = (rows: BigInt64Array, alone: boolean) =>
      new Map([
        ...io,
        ['inject_from', { type: 'I64', dims: [12], data: rows } as const],
        ...(alone ? [['alone_tokens', { type: 'I64', dims: [10], data: all }] as const] : []),
      ])
    const sample = async (rows: BigInt64Array, alone: boolean) =>
      valuesOf(await run('flux2-transformer', { component, io: asked(rows, alone) }), 'sample')
    const joint = valuesOf(io, 'controlled')
    // Rows below 10 are the joint outputs, whatever is computed besides.
    expect(relativeError(await sample(from, true), joint)).toBeLessThan(TOLERANCE)
    const alone = await sample(
      from.map((row) => row + 10n),
      true,
    )
    expect(relativeError(alone, joint)).toBeGreaterThan(1e-3)
  })

  test('from the single file of the original release, fused and with swapped halves', async () => {
    const { component, io } = await open('flux2')
    const tensors = await readSafetensors(`${golden}flux2-bfl.safetensors`)
    const got = await run('flux2-transformer', { component: { ...component, tensors }, io })
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))).toBeLessThan(
      TOLERANCE,
    )
  })

  test('every block returns the same as in diffusers', async () => {
    const { component, io } = await open('flux2')
    const config = Flux2Config.parse(component.config)
    const session = await load(flux2Graph(config, component.tensors, 'F32', { blocks: true }))
    const feeds = namedSequence(plainOf(io), flux2Positions(config), options)
    const { outputs } = await session.run(feeds)
    const check = (output: string, wanted: string) =>
      expect(
        relativeError(outputs[output]?.data as Float32Array, valuesOf(io, `block.${wanted}`)),
      ).toBeLessThan(TOLERANCE)
    for (const i of [0, 1]) {
      check(`double.${i}.text`, `double.${i}.0`)
      check(`double.${i}.image`, `double.${i}.1`)
      check(`single.${i}`, `single.${i}.0`)
    }
  })

  const whole = (...dims: number[]): Tensor => ({
    type: 'I64',
    dims,
    data: new BigInt64Array(dims.reduce((all, side) => all * side, 1)),
  })

  test('ids may be whole numbers, as diffusers has them', async () => {
    const { component, io } = await open('flux2')
    const integers = (name: string): Tensor => {
      const { dims, data } = io.get(name) as Tensor
      return { type: 'I64', dims: [1, ...dims], data: BigInt64Array.from(data, BigInt) }
    }
    const ids = ['img_ids', 'txt_ids'].map((name) => [name, integers(name)] as const)
    const got = await run('flux2-transformer', { component, io: new Map([...plainOf(io), ...ids]) })
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'sample'))).toBeLessThan(TOLERANCE)
  })

  test.each([
    ['view_positions', whole(7, 3), /view_positions must have 4 numbers per token/],
    ['view_positions', whole(6, 4), /view_positions has 6 rows, but there are 7 tokens/],
    ['double_view_positions', whole(4, 4), /double_view_positions has 4 rows, .* 5 tokens/],
    ['img_ids', whole(21, 4), /img_ids has 21 rows, but there are 22 tokens/],
    ['txt_ids', whole(8, 4), /txt_ids has 8 rows, but there are 7 tokens/],
    ['inject_from', whole(11), /inject_from has 11 rows, but inject_weight has 12/],
    [
      'encoder_hidden_states',
      floats(new Float32Array(7 * 31), 7, 31),
      /text.* Got: 31 Expected: 32/,
    ],
  ])(
    '%s that does not fit the others is rejected, and nothing is computed',
    async (name, wrong, message) => {
      const { component, io } = await open('flux2')
      const inputs = new Map(io).set(name, wrong)
      await expect(run('flux2-transformer', { component, io: inputs })).rejects.toThrow(message)
    },
  )

  test('a row that is injected is one of the reference, or of those that are computed alone', async () => {
    const { component, io } = await open('flux2')
    const injected = (row: number, alone: number) =>
      run('flux2-transformer', {
        component,
        io: new Map([
          ...io,
          [
            'inject_from',
            { ...whole(12), data: new BigInt64Array(12).fill(BigInt(row)) } as Tensor,
          ],
          ...(alone > 0 ? ([['alone_tokens', whole(alone)]] as const) : []),
        ]),
      }).then(
        () => 'computed',
        ({ message }: Error) => message,
      )
    const rejected = expect.stringMatching(/inject_from\[\d+\] is -?\d+, but .* 10 rows/)
    expect(await injected(9, 0)).toBe('computed')
    expect(await injected(10, 0)).toEqual(rejected)
    expect(await injected(-1, 0)).toEqual(rejected)
    expect(await injected(11, 2)).toBe('computed')
    expect(await injected(12, 2)).toEqual(rejected)
  })
})

test('the autoencoder: mean, normalised tokens, and pixels from tokens', async () => {
  const opened = await open('flux2-kl')
  const encoded = await run('flux2-kl-encoder', opened)
  for (const name of ['mean', 'image_latents']) {
    expect(encoded.get(name)?.dims).toEqual(opened.io.get(name)?.dims)
    expect(relativeError(valuesOf(encoded, name), valuesOf(opened.io, name))).toBeLessThan(
      TOLERANCE,
    )
  }
  const decoded = await run('flux2-kl-decoder', opened, { grid: { rows: 3, cols: 4 } })
  expect(decoded.get('sample')?.dims).toEqual([1, 3, 48, 64])
  expect(relativeError(valuesOf(decoded, 'sample'), valuesOf(opened.io, 'sample'))).toBeLessThan(
    TOLERANCE,
  )
  await expect(run('flux2-kl-decoder', opened)).rejects.toThrow(/--rows and --cols/)
  await expect(run('flux2-kl-decoder', opened, { grid: { rows: 3, cols: 3 } })).rejects.toThrow(
    /latents is \[12,16\], but 3 rows and 3 columns need \[9,16\]/,
  )
})

test('Qwen3: three states side by side, padded, and any other states', async () => {
  const opened = await open('qwen3')
  const { io } = opened
  const usual = await run('qwen3-text', opened)
  expect(usual.get('prompt_embeds')?.dims).toEqual([1, 40, 48])
  expect(
    relativeError(valuesOf(usual, 'prompt_embeds'), valuesOf(io, 'prompt_embeds')),
  ).toBeLessThan(TOLERANCE)
  const other = await run('qwen3-text', opened, { hiddenStates: [0, 1, 4] })
  expect(
    relativeError(valuesOf(other, 'prompt_embeds'), valuesOf(io, 'other_embeds')),
  ).toBeLessThan(TOLERANCE)
  await expect(run('qwen3-text', opened, { hiddenStates: [28] })).rejects.toThrow(/states 0 to 27/)
  const wrong = async (name: string, data: BigInt64Array) => {
    const inputs = new Map(io).set(name, { type: 'I64', dims: [data.length], data })
    return run('qwen3-text', { ...opened, io: inputs })
  }
  await expect(wrong('input_ids', new BigInt64Array(40).fill(908n))).rejects.toThrow(
    /input_ids has 908, but the vocabulary has 908 tokens/,
  )
  await expect(wrong('attention_mask', new BigInt64Array(39))).rejects.toThrow(
    /attention_mask has 39 marks, but there are 40 tokens/,
  )
})

test('ids of 200 prompts in Qwen3’s chat, exactly', async () => {
  const { padded } = await qwenTokenizer(`${fixtures}tokenizers/qwen`)
  const prompts: { prompt: string; ids: number[] }[] = JSON.parse(
    await readFile(`${fixtures}tokenizers/qwen-prompts.json`, 'utf8'),
  )
  expect(prompts).toHaveLength(200)
  for (const { prompt, ids } of prompts) {
    const got = padded(chatOf(prompt), PROMPT_LENGTH)
    const real = got.attended.filter((attended) => attended === 1).length
    expect(got.ids.slice(0, real), prompt).toEqual(ids)
    expect(got.ids).toHaveLength(PROMPT_LENGTH)
  }
})

test('noise levels as diffusers has them, by tokens and steps', async () => {
  const rows: { steps: number; tokens: number; sigmas: number[] }[] = JSON.parse(
    await readFile(`${golden}flux2-sigmas.json`, 'utf8'),
  )
  expect(rows.length).toBeGreaterThan(10)
  for (const { steps, tokens, sigmas } of rows) {
    const ours = flux2Schedule(steps, tokens)
    expect(ours).toHaveLength(sigmas.length)
    ours.forEach((sigma, i) => {
      expect(Math.abs(sigma - (sigmas[i] as number))).toBeLessThan(1e-6)
    })
  }
  expect(flux2Schedule(4, 4096)[1]).toBeCloseTo(0.967384, 6)
})

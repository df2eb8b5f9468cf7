/** The method's control in every family: the same rules, whatever the transformer. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Family } from '../../../gpu-worker/backbones/family.ts'
import { families } from '../../../gpu-worker/backbones/registry.ts'
import { selfTestWeights } from '../../../gpu-worker/backbones/self-test.ts'
import { readSafetensors, writeSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import type { Session } from '../../../gpu-worker/onnx/session.ts'
import { floats, indices, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { load, relativeError } from '../../fixtures/graphs.ts'

type Inputs = Record<string, Tensor>

/** Each self-test once: its graph has 16 target and 16 reference tokens, and 15 of them in the view. */
const blocks = Map.groupBy(Object.entries<Family>(families), ([, { selfTest }]) => selfTest)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each([...blocks].map(([block, names]) => [names[0]?.[0] ?? '', block] as const))(
  'the transformer of %s',
  (name, block) => {
    let session: Session
    const usual = block.inputs()
    beforeAll(async () => {
      const file = join(folder, `${name}.safetensors`)
      await writeFile(file, writeSafetensors(selfTestWeights(block)))
      session = await load(block.graph(await readSafetensors(file), 'F32'))
    })

    async function velocity(change: Inputs = {}): Promise<Float32Array> {
      const { outputs } = await session.run({ ...usual, ...change })
      return outputs.velocity?.data as Float32Array
    }
    const rowsOf = (input: string) => {
      const { dims, data } = usual[input] as Tensor & { type: 'F32' }
      const width = dims[2] as number
      return Array.from({ length: dims[1] as number }, (_, i) =>
        data.slice(i * width, (i + 1) * width),
      )
    }
    /** The reference keys of the view in another order, or some of them; those of target and text stay. */
    function view(order: readonly number[]): Inputs {
      const index = Array.from((usual.view_index as Tensor).data, Number)
      const own = (_: number, i: number) => i < 16 || i >= 16 + 15
      const places = [...index.keys()].filter(own)
      places.splice(16, 0, ...order.map((i) => 16 + i))
      const table = (input: string) => {
        const all = rowsOf(input)
        const rows = places.map((i) => all[i] as Float32Array)
        const width = rows[0]?.length ?? 0
        return floats(Float32Array.from(rows.flatMap((row) => [...row])), 1, rows.length, width)
      }
      return {
        view_index: indices(places.map((i) => index[i] as number)),
        view_cos: table('view_cos'),
        view_sin: table('view_sin'),
      }
    }
    const all = Array.from({ length: 15 }, (_, i) => i)
    /** That of token 15, the only one into which something is injected. */
    const weight = (value: number) => floats(Float32Array.of(value), 1, 1)

    test('without a weight it does not matter what would be injected', async () => {
      const none = { inject_weight: weight(0) }
      const other = { ...none, inject_sources: indices([3]) }
      expect(await velocity(other)).toEqual(await velocity(none))
      const some = { inject_weight: weight(0.4) }
      expect(await velocity({ ...some, ...pick(other, 'inject_sources') })).not.toEqual(
        await velocity(some),
      )
    })

    test('what is injected, and how much, changes the output of its own token first of all', async () => {
      const none = await velocity({ inject_weight: weight(0) })
      const half = await velocity({ inject_weight: weight(0.5) })
      const full = await velocity({ inject_weight: weight(1) })
      const part = (values: Float32Array, at: number) =>
        values.slice(at * block.features, (at + 1) * block.features)
      const own = relativeError(part(full, 15), part(none, 15))
      expect(own).toBeGreaterThan(1e-2)
      expect(relativeError(part(half, 15), part(none, 15))).toBeGreaterThan(own / 10)
      // One single-stream block: nobody attends to the token afterwards.
      for (let i = 0; i < 15; i++)
        expect(relativeError(part(full, i), part(none, i))).toBeLessThan(1e-6)
    })

    test('the keys of the view have no order, and each of them counts', async () => {
      const usually = await velocity()
      expect(relativeError(await velocity(view(all.toReversed())), usually)).toBeLessThan(1e-5)
      for (const hidden of [0, 7, 14]) {
        const without = await velocity(view(all.filter((i) => i !== hidden)))
        expect(relativeError(without, usually)).toBeGreaterThan(1e-4)
      }
    })

    test('a key at another position is another key', async () => {
      const order = view(all)
      const swapped = view([1, 0, ...all.slice(2)])
      const moved = { view_index: order.view_index, ...pick(swapped, 'view_cos', 'view_sin') }
      expect(relativeError(await velocity(moved as Inputs), await velocity())).toBeGreaterThan(1e-4)
    })
  },
)

const pick = (inputs: Inputs, ...names: string[]): Inputs =>
  Object.fromEntries(names.map((name) => [name, inputs[name] as Tensor]))

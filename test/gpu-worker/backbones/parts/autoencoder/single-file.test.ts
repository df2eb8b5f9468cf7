/** Autoencoders in the names of the original release, against the same golden files as their folders. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { faultsOf } from '../../../../../gpu-worker/backbones/check.ts'
import { flux2Autoencoder } from '../../../../../gpu-worker/backbones/flux2/autoencoder/component.ts'
import { autoencoder } from '../../../../../gpu-worker/backbones/parts/autoencoder/component.ts'
import {
  configOfSingleFile,
  openAutoencoderIn,
} from '../../../../../gpu-worker/backbones/parts/autoencoder/single-file.ts'
import { graphs } from '../../../../../gpu-worker/backbones/registry.ts'
import { openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, readTensors } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../../gpu-worker/onnx/tensor.ts'
import { relativeError, valuesOf } from '../../../../fixtures/graphs.ts'

const golden = fileURLToPath(new URL('../../../../fixtures/golden/', import.meta.url))
const original = (name: string) => readSafetensors(`${golden}${name}-original.safetensors`)

test.each([
  ['kl', autoencoder, 'kl-encoder', 'mean', 'kl-decoder', {}],
  [
    'flux2-kl',
    flux2Autoencoder,
    'flux2-kl-encoder',
    'image_latents',
    'flux2-kl-decoder',
    { grid: { rows: 3, cols: 4 } },
  ],
] as const)(
  '%s computes the same from the single file',
  async (name, kind, encoder, output, decoder, more) => {
    const component = { ...(await openComponent(golden + name)), tensors: await original(name) }
    expect(faultsOf(kind, component)).toEqual([])
    const io = await readTensors(`${golden}${name}/io.safetensors`)
    const options = { compute: 'F32', provider: 'cpu', threads: 1, ...more } as const
    for (const [graph, result] of [
      [encoder, output],
      [decoder, 'sample'],
    ] as const) {
      const got = (await graphs[graph]?.run(component, io, options)) as Record<string, Tensor>
      const values = valuesOf(new Map(Object.entries(got)), result)
      expect(relativeError(values, valuesOf(io, result))).toBeLessThan(5e-5)
    }
  },
)

test('its config follows from its shapes', async () => {
  const common = { block_out_channels: [8, 12, 16, 16], latent_channels: 4, norm_num_groups: 32 }
  expect(configOfSingleFile('ae', await original('kl'))).toEqual({
    ...common,
    _class_name: 'AutoencoderKL',
    layers_per_block: 2,
    use_quant_conv: false,
    use_post_quant_conv: false,
    scaling_factor: 0.3611,
    shift_factor: 0.1159,
  })
  expect(configOfSingleFile('ae', await original('flux2-kl'))).toEqual({
    ...common,
    _class_name: 'AutoencoderKLFlux2',
    layers_per_block: 1,
    use_quant_conv: true,
    use_post_quant_conv: true,
  })
  const other = new Map(await original('kl'))
  other.delete('decoder.up.2.block.0.conv2.weight')
  expect(() => configOfSingleFile('ae', other)).toThrow(
    /there is no decoder.up.2.block.0.conv2.weight/,
  )
})

test('a checkpoint folder may have the file instead of the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'single-file-'))
  try {
    await expect(openAutoencoderIn(folder)).rejects.toThrow(
      /neither a vae folder nor a file ae.safetensors/,
    )
    await copyFile(`${golden}kl-original.safetensors`, join(folder, 'ae.safetensors'))
    const { config, tensors } = await openAutoencoderIn(folder)
    expect(config).toMatchObject({ _class_name: 'AutoencoderKL', layers_per_block: 2 })
    expect(tensors.has('encoder.down.0.block.0.norm1.weight')).toBe(true)
    // FLUX.1's in a checkpoint of FLUX.2: the error names the file, as there is no config.json.
    const component = await openAutoencoderIn(folder)
    expect(() => faultsOf(flux2Autoencoder, component)).toThrow(
      /ae\.safetensors: _class_name: .* expected "AutoencoderKLFlux2"/,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

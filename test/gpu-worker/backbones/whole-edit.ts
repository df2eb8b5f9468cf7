/** Holds whole edits of a small random checkpoint against diffusers' pipeline, step by step. */

import { expect } from 'vitest'
import type { OpenBackbone, WorkingPhoto } from '../../../gpu-worker/backbones/family.ts'
import type { Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../gpu-worker/sampler/control.ts'
import { denoise, guided } from '../../../gpu-worker/sampler/denoise.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { relativeError, valuesOf } from '../../fixtures/graphs.ts'

/** What the golden files have: `noise`, `{name}_steps` and `{name}_picture`. */
export type WholeEdit = {
  readonly io: ReadonlyMap<string, Tensor>
  readonly name: string
  readonly grid: TokenGrid
  readonly photo: WorkingPhoto
  readonly prompt: string
  /** Classifier-free guidance against the empty prompt; 1 without it. */
  readonly guidance: number
}

/** The latents of four steps to 1e-4, the picture to 1/255. */
export async function expectSameEdit(
  backbone: OpenBackbone,
  { io, name, grid, photo, prompt, guidance }: WholeEdit,
): Promise<void> {
  const tokens = grid.rows * grid.cols
  const reference = await backbone.encode(photo)
  const run = { grid, reference, control: identityControl(tokens), guidance: null }
  const velocityOf = async (text: string) =>
    backbone.velocity({ ...run, conditioning: await backbone.condition({ prompt: text, photo }) })
  const towards = await velocityOf(prompt)
  const velocity = guidance === 1 ? towards : guided(towards, await velocityOf(''), guidance)
  const steps = valuesOf(io, `${name}_steps`)
  const latents = await denoise(
    valuesOf(io, 'noise'),
    backbone.schedule(4, tokens),
    [0, 0, 0, 0],
    velocity,
    (x) => x,
    (i, x) => {
      const wanted = steps.slice(i * x.length, (i + 1) * x.length)
      expect(relativeError(x, wanted), `step ${i}`).toBeLessThan(1e-4)
    },
  )
  const pixels = await backbone.decode(latents, grid)
  const wanted = valuesOf(io, `${name}_picture`)
  const worst = pixels.reduce((most, value, i) => {
    const shown = Math.min(1, Math.max(0, value / 2 + 0.5))
    return Math.max(most, Math.abs(shown - (wanted[i] as number)))
  }, 0)
  expect(worst).toBeLessThan(1 / 255)
}

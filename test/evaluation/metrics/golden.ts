/** The golden files of metrics (test/parity/make_metrics.py). */

import { fileURLToPath } from 'node:url'
import type { Picture } from '../../../evaluation/picture.ts'
import { readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import type { Drag } from '../../../shared/drag.ts'
import { valuesOf } from '../../fixtures/graphs.ts'
import { dragged, drawn } from '../drawn.ts'

const folder = fileURLToPath(new URL('../../fixtures/golden/metrics/', import.meta.url))

export const goldenFolder = (name: string) => `${folder}${name}`

/** The tensors of a metric: values and shapes by name, pictures, and drags between pixels. */
export async function golden(name: string) {
  const tensors = await readTensors(`${folder}${name}/io.safetensors`)
  const values = (key: string) => valuesOf(tensors, key)
  const dims = (key: string) => tensors.get(key)?.dims ?? []
  /** [H, W, 3], or [3, H, W] with `planes`. */
  const picture = (key: string, layout: 'pixels' | 'planes' = 'pixels'): Picture => {
    const [height = 0, width = 0] = layout === 'pixels' ? dims(key) : dims(key).slice(1)
    const data = values(key)
    const at = (x: number, y: number, i: number) =>
      layout === 'pixels' ? 3 * (y * width + x) + i : (i * height + y) * width + x
    return drawn({ width, height }, (x, y) => [
      data[at(x, y, 0)] as number,
      data[at(x, y, 1)] as number,
      data[at(x, y, 2)] as number,
    ])
  }
  const drags = (): Drag[] => {
    const [count = 0] = dims('points')
    return Array.from({ length: count }, (_, i) => {
      const [hx = 0, hy = 0, tx = 0, ty = 0] = values('points').slice(4 * i, 4 * i + 4)
      return dragged([hx, hy], [tx, ty])
    })
  }
  return { tensors, values, dims, picture, drags }
}

/** On the golden SAM, whose encoder has random weights. */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { samFeatures } from '../../../../evaluation/metrics/features/sam-features.ts'
import { readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { Sam } from '../../../../gpu-worker/sam/sam.ts'
import { relativeError, valuesOf } from '../../../fixtures/graphs.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'

const folder = fileURLToPath(new URL('../../../fixtures/golden/sam/', import.meta.url))
const options = { provider: 'cpu', threads: 1 } as const
const size = { width: 128, height: 96 }

test('features of decoded pixels are those of PyTorch', async () => {
  const io = await readTensors(`${folder}io.safetensors`)
  const sam = await Sam.open(folder, options)
  try {
    const data = Uint8Array.from(valuesOf(io, 'photo'))
    const { features, placed } = await sam.features({ ...size, data })
    expect(placed.content).toEqual(size)
    expect(features.dims).toEqual(io.get('image_embeddings')?.dims)
    expect(
      relativeError(features.data as Float32Array, valuesOf(io, 'image_embeddings')),
    ).toBeLessThan(1e-4)
  } finally {
    await sam.close()
  }
})

test('a photo that nobody edited keeps its handles, and the columns that its case allows', async () => {
  const metric = samFeatures(await Sam.open(folder, options))
  try {
    const photo = drawn(size, (x, y) => [(x * 7) % 256, (y * 11) % 256, (x * y) % 256])
    const drags = [dragged([40, 40], [70, 60])]
    const mask = { ...size, data: flags(size, (x) => x < 100) }
    const one = caseOf(size, drags, { mask: { kind: 'editable', mask } })
    const columns = await metric.measure(measured(one, photo, photo), never)
    expect(columns['md-px']).toBeCloseTo(Math.hypot(30, 20), 6)
    expect(columns['m-md-px']).toBeCloseTo(Math.hypot(30, 20), 6)
    expect(columns['s2s-cosine']).toBeCloseTo(1, 6)
    const bare = await metric.measure(measured(caseOf(size, drags), photo, photo), never)
    expect(Object.keys(bare)).toEqual(['md-px', 's2t-cosine', 's2s-cosine'])
  } finally {
    await metric.close()
  }
})

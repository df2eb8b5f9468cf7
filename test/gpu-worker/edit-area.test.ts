/** An edit of a part of a photo: everything else stays, bit for bit. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { rectangleMask } from '../fixtures/png.ts'
import { settingsOf } from '../fixtures/settings.ts'

test('a crop is edited as a photo of its own, and put back', async () => {
  const size = { width: 1600, height: 1200 }
  const before = Uint8Array.from({ length: 3 * size.width * size.height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)]
    const thing = x >= 400 && x < 480 && y >= 400 && y < 480
    return thing ? ([220, 40, 30][i % 3] as number) : 60 + ((x * 3 + y * 5) % 64)
  })
  const photo = await sharp(before, { raw: { ...size, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  const drags = [{ handle: { x: 440, y: 440 }, target: { x: 600, y: 440 } }]
  const settings = settingsOf({
    drags,
    model: 'embedded-fast',
    seed: 1,
    steps: 1,
    workingArea: 'region',
  })
  const prepared = await workOf(size, settings, await rectangleMask(1600, 1200, 400, 400, 480, 480))
  const { area } = prepared
  if (area === undefined) return expect.fail('no crop')
  // A token of the whole photo would be 43 pixels wide.
  expect(area.width / prepared.grid.cols).toBeLessThan(20)
  const { sampler } = resolveSettings(settings, () => 1)
  const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
  const backbone = await openBackbone('embedded-fast', { cache }, { provider: 'cpu', threads: 1 })
  const previews: unknown[] = []
  const job = { photo, photoSize: size, ...prepared, sampler, previews: true }
  const { signal } = new AbortController()
  const onProgress = (_: number, __: number, preview?: string) => previews.push(preview)
  const { bytes, ...result } = await editPhoto(job, backbone, onProgress, signal).finally(() =>
    backbone.close(),
  )
  expect(result).toMatchObject(size)
  expect(previews).toEqual([undefined])
  const after = await sharp(bytes).removeAlpha().raw().toBuffer()
  const region = new Set(result.plan.editRegion)
  const { rows, cols } = result.plan.grid
  for (let i = 0; i < size.width * size.height; i++) {
    const x = ((i % size.width) + 0.5 - area.left) / area.width
    const y = (Math.floor(i / size.width) + 0.5 - area.top) / area.height
    const inside = x >= 0 && y >= 0 && x < 1 && y < 1
    if (inside && region.has(Math.floor(y * rows) * cols + Math.floor(x * cols))) continue
    for (let k = 3 * i; k < 3 * i + 3; k++) if (after[k] !== before[k]) expect.fail(`pixel ${i}`)
  }
  const red = after[3 * (440 * size.width + 600)] as number
  expect(red).toBeGreaterThan(200)
  expect(after[3 * (440 * size.width + 440)]).toBeLessThan(160)
})

/** An edit with a mask of what is affected: it may change there, and nowhere else outside its region. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { readAffects } from '../../shared/edit/area/affects.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { rectangleMask } from '../fixtures/png.ts'
import { settingsOf } from '../fixtures/settings.ts'

test.each(['photo', 'region'] as const)(
  'outside every pixel stays, workingArea: %s',
  async (workingArea) => {
    const size = { width: 900, height: 600 }
    const before = Uint8Array.from({ length: 3 * size.width * size.height }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)]
      const thing = x >= 200 && x < 260 && y >= 200 && y < 260
      return thing ? ([220, 40, 30][i % 3] as number) : 60 + ((x * 3 + y * 5) % 64)
    })
    const photo = await sharp(before, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer()
    const drags = [{ handle: { x: 230, y: 230 }, target: { x: 300, y: 230 } }]
    const settings = settingsOf({ drags, model: 'embedded-fast', seed: 1, steps: 1, workingArea })
    const [left, top, right, bottom] = [200, 300, 420, 380] as const
    const affects = await readAffects(size, await rectangleMask(900, 600, left, top, right, bottom))
    const mask = await rectangleMask(900, 600, 200, 200, 260, 260)
    const prepared = await workOf(size, settings, mask, false, affects)
    const { sampler } = resolveSettings(settings, () => 1)
    const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
    const backbone = await openBackbone('embedded-fast', { cache }, { provider: 'cpu', threads: 1 })
    const job = { photo, photoSize: size, ...prepared, affects: affects.packed, sampler }
    const { signal } = new AbortController()
    const { bytes, plan } = await editPhoto(job, backbone, () => {}, signal).finally(() =>
      backbone.close(),
    )
    const after = await sharp(bytes).removeAlpha().raw().toBuffer()
    const area = prepared.area ?? { left: 0, top: 0, ...size }
    const region = new Set(plan.editRegion)
    const { rows, cols } = plan.grid
    let changed = 0
    for (let i = 0; i < size.width * size.height; i++) {
      const [x, y] = [i % size.width, Math.floor(i / size.width)]
      const u = (x + 0.5 - area.left) / area.width
      const v = (y + 0.5 - area.top) / area.height
      const inside = u >= 0 && v >= 0 && u < 1 && v < 1
      if (inside && region.has(Math.floor(v * rows) * cols + Math.floor(u * cols))) continue
      const same = [0, 1, 2].every((k) => after[3 * i + k] === before[3 * i + k])
      const isAffected = x >= left && x < right && y >= top && y < bottom
      if (!same && !isAffected) expect.fail(`pixel ${x}, ${y}`)
      if (!same) changed++
    }
    // A picture that a backbone made differs nearly everywhere.
    expect(changed).toBeGreaterThan(3000)
  },
)

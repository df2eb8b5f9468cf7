/** What the paper leaves open, with the embedded backbone. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { describeSwitches } from '../closed-forms/switches.ts'

const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
let backbone: OpenBackbone
beforeAll(async () => {
  backbone = await openBackbone('embedded', { cache }, { provider: 'cpu', threads: 1 })
})
afterAll(() => backbone.close())

describeSwitches(() => backbone)

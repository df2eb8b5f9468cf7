/** `npm run build:client`: the TypeScript client as JavaScript and declarations, in dist/client. */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(join(root, 'dist', 'client'), { recursive: true, force: true })
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'tsc'),
  ['-p', 'tsconfig.client.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1

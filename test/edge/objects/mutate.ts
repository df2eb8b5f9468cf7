/**
 * Runs the histories against every mutant and says which were found out, and after how many
 * histories. `node test/edge/objects/mutate.ts [SEQUENCES] [NAME]`.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const [sequences = '3000', only] = process.argv.slice(2)
let survivors = 0
for (const name of Object.keys(mutants).filter((one) => only === undefined || one === only)) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'property'],
    {
      cwd: root,
      encoding: 'utf8',
      // A cache of transformed files would remember another mutant.
      env: {
        ...process.env,
        VITEST_FS_MODULE_CACHE: 'false',
        MUTANT: name,
        SEQUENCES: sequences,
        SEED: '1',
        NO_COLOR: '1',
      },
    },
  )
  // vitest reports failures on stderr.
  const output = stdout + stderr
  const after = /Property failed after (\d+) tests/.exec(output)?.[1]
  const claim = /(?:not true: |Caused by: )(.*)/.exec(output)?.[1]?.slice(0, 90)
  if (status === 0) survivors++
  const verdict = status === 0 ? 'SURVIVED' : after === undefined ? 'broke' : `found after ${after}`
  process.stdout.write(`${name.padEnd(40)} ${verdict.padEnd(20)} ${claim ?? ''}\n`)
}
process.exitCode = survivors === 0 ? 0 : 1

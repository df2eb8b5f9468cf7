// Brings the checkout to where it can run, under any Node from 18 on: installs what
// package-lock.json names if it is not there, and with a script as argument runs that under the
// Node the project brings along. Uses nothing that has to be installed first.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.contextdrag-lock')
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
const quiet = process.argv[2] === '--quiet'
const [script, ...args] = process.argv.slice(quiet ? 3 : 2)

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  // On stderr: a command's own output stays clean.
  process.stderr.write('Installing dependencies (about 900 MB on disk, once) ...\n')
  const installed = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', quiet ? 2 : 1, 2],
    shell: process.platform === 'win32',
  })
  if (installed.status !== 0) process.exit(installed.status ?? 1)
  writeFileSync(stamp, lock)
}

if (script !== undefined) {
  const bundled = join(root, 'node_modules', '.bin', 'node')
  const node = existsSync(bundled) ? bundled : process.execPath
  const run = spawnSync(
    node,
    ['--disable-warning=ExperimentalWarning', join(root, script), ...args],
    {
      // npm runs scripts in the project's folder; files that a user names lie where the user is.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      stdio: 'inherit',
    },
  )
  process.exit(run.status ?? 1)
}

/** Before `npm test`: installs Chromium if there is none (Debian and its relatives, as root). */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium, INSTALL_HINT } from './chromium.ts'

if (findChromium() === null) {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('Installing Chromium for the browser tests ...\n')
    const run = (...args: string[]) =>
      spawnSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    run('update', '-qq')
    run('install', '-y', '-qq', '--no-install-recommends', 'chromium-headless-shell')
    // Older releases have no package of the shell.
    if (findChromium() === null) run('install', '-y', '-qq', '--no-install-recommends', 'chromium')
  }
  // The browser tests then fail with the same message; all other tests still run.
  if (findChromium() === null) process.stderr.write(`${INSTALL_HINT}\n`)
}

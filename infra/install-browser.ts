/** Before `npm test`: brings a Chromium where there is none, on Debian and its like, as root. */

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
    run('install', '-y', '-qq', '--no-install-recommends', 'chromium')
  }
  // The tests fail with the same words; everything else can still be tested.
  if (findChromium() === null) process.stderr.write(`${INSTALL_HINT}\n`)
}

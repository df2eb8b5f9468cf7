/** Finds a Chromium for the browser tests. */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

// The shell is Chromium without a user interface: the tests take two thirds of the time in it.
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
]
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Path of the browser: `CHROMIUM` if it is set, else the first one on the PATH; null if none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  if (env.CHROMIUM !== undefined) return existsSync(env.CHROMIUM) ? env.CHROMIUM : null
  const folders = (env.PATH ?? '').split(delimiter)
  const candidates = [
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...PLACES,
  ]
  return candidates.find((path) => existsSync(path)) ?? null
}

/** What to tell the user when no Chromium is found. */
export const INSTALL_HINT =
  'the browser tests need a Chromium: apt-get install chromium-headless-shell (or set CHROMIUM to its path)'

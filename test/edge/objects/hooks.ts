/**
 * Loaded before the histories and the tests of single guards (`--import`): the objects of the edge
 * get a double of `cloudflare:workers`, and MUTANT takes one guard away, to see that a test misses it.
 */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMutated, mutated } from './mutants/all.ts'

const double = new URL('platform/cloudflare-workers.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier === 'cloudflare:workers' ? double : specifier, context),
  load: (url, context, nextLoad) => {
    if (!isMutated(url)) return nextLoad(url, context)
    const source = mutated(url, readFileSync(fileURLToPath(url), 'utf8'))
    return { format: 'module-typescript', source, shortCircuit: true }
  },
})

/**
 * Loaded before the histories (`--import`): the objects of the edge get a double of
 * `cloudflare:workers`, and MUTANT takes one guard away, to see that the histories miss it.
 */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'

const double = new URL('cloudflare-workers.ts', import.meta.url).href
const name = process.env.MUTANT
const mutant = name === undefined ? undefined : mutants[name]
const mutations = mutant === undefined ? [] : [mutant, mutant.also ?? []].flat()

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier === 'cloudflare:workers' ? double : specifier, context),
  load: (url, context, nextLoad) => {
    const mine = mutations.filter(({ file }) => url.endsWith(file))
    if (mine.length === 0) return nextLoad(url, context)
    const source = mine.reduce(
      (text, { file, from, to }) => {
        if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
        return text.replace(from, () => to)
      },
      readFileSync(fileURLToPath(url), 'utf8'),
    )
    return { format: 'module-typescript', source, shortCircuit: true }
  },
})

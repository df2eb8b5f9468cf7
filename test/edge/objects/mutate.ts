/**
 * Removes one guard after the other, runs the test that must find it, and prints a table of all.
 * Exits with 1 when one survives. `node test/edge/objects/mutate.ts [PART_OF_A_NAME]`; with
 * `SEQUENCES=30000`, the histories look for theirs for longer.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants/all.ts'
import type { Mutant } from './mutants/mutant.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
const [part = ''] = process.argv.slice(2)

type Report = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

/** `found`, `SURVIVED`, or what else became of the run. */
async function verdictOf({ by }: Mutant, name: string): Promise<string> {
  const report = join(mkdtempSync(join(folder, 'run-')), 'report.json')
  const only = by.test === '' ? [] : ['-t', by.test]
  const run = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--project', by.project, by.file, '--reporter=json', `--outputFile=${report}`],
      ...only,
    ],
    {
      cwd: root,
      stdio: 'ignore',
      env: {
        SEQUENCES: '3000',
        SEED: '1',
        ...process.env,
        // A cache of transformed files would remember another mutant.
        VITEST_FS_MODULE_CACHE: 'false',
        MUTANT: name,
        NO_COLOR: '1',
      },
    },
  )
  await once(run, 'exit')
  if (!existsSync(report)) return 'broke'
  const { testResults }: Report = JSON.parse(readFileSync(report, 'utf8'))
  const results = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ title }) => title.startsWith(by.test))
  if (results.some(({ status }) => status === 'failed')) return 'found'
  return results.some(({ status }) => status === 'passed') ? 'SURVIVED' : 'no such test'
}

const print = (...cells: string[]) =>
  process.stdout.write(`${cells.map((cell) => cell.padEnd(44)).join(' ')}\n`)
let failures = 0
print('guard', 'test', 'found?')
const waiting = Object.entries(mutants).filter(([name]) => name.includes(part))
async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, mutant] = next
    const verdict = await verdictOf(mutant, name)
    if (verdict !== 'found') failures++
    print(name, mutant.by.test === '' ? 'the random histories' : mutant.by.test, verdict)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
process.stdout.write(`${failures === 0 ? 'every guard was found' : `${failures} not found`}\n`)
rmSync(folder, { recursive: true })
process.exitCode = failures === 0 ? 0 : 1

/**
 * `npm test`: types, lint, then every suite. Arguments go to vitest; with any, only the suites run.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const args = process.argv.slice(2)

/** Longer than any suite takes on two busy cores: what is not done by then hangs. */
const HANGS_MS = 35 * 60_000

function step(name: string, command: string, ...rest: string[]): boolean {
  process.stdout.write(`\n> ${name}\n`)
  const { status, error } = spawnSync(bin(command), rest, {
    cwd: root,
    stdio: 'inherit',
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  })
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    process.stdout.write(`\n> ${name}: no end after ${HANGS_MS / 60_000} minutes\n`)
  return status === 0
}

const report = join(mkdtempSync(join(tmpdir(), 'contextdrag-')), 'report.json')
const checks = [
  () => args.length > 0 || step('types of the edge', 'tsc', '-p', 'tsconfig.edge.json'),
  () => args.length > 0 || step('types of the worker', 'tsc', '-p', 'tsconfig.node.json'),
  () =>
    args.length > 0 || step('types of the edge in Node', 'tsc', '-p', 'tsconfig.edge-in-node.json'),
  () => args.length > 0 || step('the client', 'tsc', '-p', 'tsconfig.client.json', '--noEmit'),
  () => args.length > 0 || step('the playground', 'tsc', '-p', 'tsconfig.playground.json'),
  () => args.length > 0 || step('lint and format', 'biome', 'check', '--error-on-warnings', '.'),
  () =>
    step(
      'tests',
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ),
]
const passed = checks.every((check) => check())
if (passed) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  process.stdout.write(
    `\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`,
  )
}
process.exitCode = passed ? 0 : 1

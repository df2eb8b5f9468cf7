/**
 * `npm test`: types, lint, then every suite, in four lanes beside each other. Suites with processes,
 * objects of the edge or a browser often wait, for each other and for times that are part of what is
 * tested; those that compute yield to them, and take the rest of the machine.
 * `npm run test:quick`: types, lint and the tests that need neither a process nor an object of the edge
 * nor a second. Arguments go to vitest; with any, only the suites run.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { getPriority, setPriority, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
/** Reports, and what tests leave behind; it is removed at the end. */
const scratch = mkdtempSync(join(tmpdir(), 'contextdrag-tests-'))
// Checkpoints that are computed once stay for the next time.
const checkpoints = 'contextdrag-test-checkpoints'
mkdirSync(join(tmpdir(), checkpoints), { recursive: true })
symlinkSync(join(tmpdir(), checkpoints), join(scratch, checkpoints))

/** Longer than any step takes on two busy cores: what is not done by then hangs. */
const HANGS_MS = 40 * 60_000

type Step = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Whether it takes only the time that others leave. */
  readonly yields?: boolean
}
type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: {
    name: string
    status: string
    message?: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] | null }[]
  }[]
}

/** Steps of niceness for a step that yields: it gets a third of what another one gets. */
const YIELDS = 5

/** Whole lines, so that two steps at the same time do not write into each other's. */
function forward(stream: Readable, target: NodeJS.WriteStream): void {
  createInterface({ input: stream }).on('line', (line) => target.write(`${line}\n`))
}

/** What failed, each with its file and why: the suites' own words are thousands of lines above. */
const failures = ({ testResults }: Report): string[] =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name)
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file}: ${test.fullName}\n${(test.failureMessages ?? []).join('\n')}`)
    return tests.length > 0 || status !== 'failed' ? tests : [`${file}\n${message ?? ''}`]
  })

function run(
  { name, command, args, yields }: Step,
  env: Record<string, string> = {},
): Promise<boolean> {
  process.stdout.write(`\n> ${name}\n`)
  const start = Date.now()
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawn(bin(command), args, {
    cwd: root,
    env: { ...process.env, ...colour, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  })
  if (yields === true && child.pid !== undefined)
    setPriority(child.pid, Math.min(19, getPriority() + YIELDS))
  forward(child.stdout, process.stdout)
  forward(child.stderr, process.stderr)
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stdout.write(`\n> ${name}: ${error.message}\n`)
      resolve(false)
    })
    child.once('close', (status) => {
      const milliseconds = Date.now() - start
      const end =
        milliseconds >= HANGS_MS ? 'stopped because it hung' : status === 0 ? 'done' : 'failed'
      process.stdout.write(`> ${name}: ${end} after ${Math.round(milliseconds / 1000)} s\n`)
      resolve(status === 0)
    })
  })
}

/** What the compiler knows of the last time: it looks again at what has changed since. */
const known = (project: string) => join(root, 'node_modules', '.cache', 'types', project)
const types = (name: string, project: string): Step => ({
  name,
  command: 'tsc',
  args: [
    '-p',
    `tsconfig.${project}.json`,
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    `${known(project)}.tsbuildinfo`,
  ],
})
const suites = (name: string, ...args: string[]): Step => ({
  name,
  command: 'vitest',
  args: ['run', ...args],
})
const projects = (...names: string[]) => names.flatMap((name) => ['--project', name])

const before: Step[] = [
  types('types of the edge', 'edge'),
  types('types of the worker', 'node'),
  types('types of the edge in Node', 'edge-in-node'),
  types('types of the client', 'client'),
  types('types of the playground', 'playground'),
  { name: 'lint and format', command: 'biome', args: ['check', '--error-on-warnings', '.'] },
]
const args = process.argv.slice(2)
const quick = args[0] === '--quick'
const all = [
  suites('tests in a browser', ...projects('pages')),
  suites('tests that start and kill processes', ...projects('end-to-end', 'kills')),
  suites('tests in workerd', ...projects('workerd', 'one-workerd')),
  { ...suites('tests in Node', ...projects('property', 'guards', 'node')), yields: true },
]
const lanes = quick
  ? [suites('quick tests', ...projects('node', 'one-workerd'))]
  : args.length > 0
    ? [suites('tests', ...args)]
    : all

let passed = true
if (quick || args.length === 0) {
  const ends = await Promise.all(before.map((step) => run(step)))
  passed = ends.every(Boolean)
}
if (passed) {
  const files = lanes.map((_, index) => join(scratch, `${index}.json`))
  const ends = await Promise.all(
    lanes.map((lane, index) =>
      run(lane, {
        TMPDIR: scratch,
        TEST_REPORT: files[index] ?? '',
        ...(quick && { TEST_QUICK: '1' }),
      }),
    ),
  )
  passed = ends.every(Boolean)
  const reports = files
    .filter((file) => existsSync(file))
    .map((file): Report => JSON.parse(readFileSync(file, 'utf8')))
  const sum = (name: 'numPassedTests' | 'numFailedTests' | 'numPendingTests') =>
    reports.reduce((total, report) => total + report[name], 0)
  for (const failure of reports.flatMap(failures)) process.stdout.write(`\n> failed: ${failure}\n`)
  process.stdout.write(
    `\n${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped\n`,
  )
}
rmSync(scratch, { recursive: true, force: true })
process.exitCode = passed ? 0 : 1

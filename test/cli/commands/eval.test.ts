import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maskPng } from '../../../gpu-worker/photo/mask-png.ts'
import { contextdrag } from '../../fixtures/cli.ts'
import { caseOf } from '../../fixtures/evaluation/cases.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-eval-'))
  const { photo, drags, mask } = await caseOf('one')
  if (mask === null) throw new Error('the case has no mask')
  const url = (bytes: Uint8Array) =>
    `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`
  const create = { image: url(photo), mask: url(await maskPng(mask.mask)), drags }
  await mkdir(join(folder, 'edits'))
  await mkdir(join(folder, 'empty'))
  await writeFile(
    join(folder, 'edits', 'one.json'),
    JSON.stringify({ version: 1, name: 'one', create }),
  )
  await writeFile(join(folder, 'edits', 'odd.json'), '{}')
})
afterAll(() => rm(folder, { recursive: true }))

/** Words that begin with @ are files of the folder. */
const evaluate = (...args: string[]) =>
  contextdrag(['eval', ...args.map((arg) => arg.replace('@', `${folder}/`))])

test('runs edit files on engines, writes a report, does nothing twice, and compares', async () => {
  const args = ['--bench', '@edits', '--engine', 'none', '--out', '@first', '--sam', 'none']
  const once = await evaluate(...args, '--workers', '1')
  expect([once.code, once.stdout]).toEqual([0, `${folder}/first/report.html\n`])
  expect(once.stderr).toContain('1 case, 1 that cannot be read; 1 result to do, 0 done before')
  const report = await readFile(join(folder, 'first', 'report.html'), 'utf8')
  expect(report).toContain('edits/odd')
  const twice = await evaluate(...args, '--workers', '1')
  expect(twice.stderr).toContain('0 results to do, 1 done before')
  expect((await evaluate('report', '@first')).stdout).toBe(`${folder}/first/report.html\n`)
  const compared = await evaluate('compare', '@first', '@first', '--out', '@same.html')
  expect([compared.code, compared.stdout]).toEqual([0, `${folder}/same.html\n`])
  const page = await readFile(join(folder, 'same.html'), 'utf8')
  expect(page).toContain('1 case; in 1 of them, the results are the same picture.')
})

test.each([
  [['--engine', 'instant'], 'name a benchmark with --bench'],
  [['--bench', '@edits'], 'name an engine with --engine'],
  [['--bench', '@edits', '--engine', 'instnat'], 'instnat is no engine'],
  [['--bench', 'dragbench=x', '--engine', 'none'], 'dragbench is no benchmark'],
  [['--bench', 'drag100=@missing', '--engine', 'none', '--sam', 'none'], 'cannot be read (ENOENT)'],
  [['--bench', 'drag100=@empty', '--engine', 'none', '--sam', 'none'], 'there is no case'],
  [['--bench', '@edits', '--engine', 'instant', '--set', 'lambda=1'], 'it has no lambda'],
  [
    ['--bench', '@edits', '--engine', 'instant', '--set', 'lambda'],
    'does not have the form key=value',
  ],
  [
    ['--bench', '@edits', '--engine', 'none', '--again', 'dia'],
    'dia cannot be done again; known: ',
  ],
  [['--bench', '@edits', '--engine', 'none', '--limit', '0'], '--limit 0 is no count'],
  [
    ['--bench', '@edits', '--engine', 'none', '--checkpoint', 'x'],
    'does not have the form NAME=FOLDER',
  ],
  [['--bench', '@edits', '--engine', 'none', '--judge', 'http://x'], '--judge needs --judge-model'],
  [['--bench', '@edits', '--engine', 'none', '--gscore'], 'need --judge'],
  [['--bench', '@edits', '--engine', 'none', '--lpips', '@missing', '--sam', 'none'], 'missing'],
  [['report', '@empty'], 'holds no evaluation'],
])('%o is rejected in one line', async (args, why) => {
  const { code, stdout, stderr } = await evaluate(
    ...args,
    ...(args[0] === 'report' ? [] : ['--workers', '1', '--out', '@rejected']),
  )
  expect([code, stdout]).toEqual([2, ''])
  expect(JSON.parse(stderr).detail).toContain(why)
})

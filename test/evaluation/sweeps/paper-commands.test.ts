/** The commands of the paper's tables in docs/evaluation.md: each is one that `eval` takes, and has its table's rows. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addEvalCommand } from '../../../cli/commands/eval.ts'
import { metricOptions } from '../../../cli/metric-options.ts'
import { openBenchmark } from '../../../evaluation/benchmarks/registry.ts'
import { kindOf } from '../../../evaluation/engines/registry.ts'
import { nameOf, parseChoice } from '../../../evaluation/engines/spec.ts'
import { sweptSpecs } from '../../../evaluation/sweeps/registry.ts'

const page = readFileSync(
  fileURLToPath(new URL('../../../docs/evaluation.md', import.meta.url)),
  'utf8',
)
const code = page
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .flatMap((line) => (line.startsWith('    ') ? [line.trim()] : []))
const shared = code[code.indexOf('paper() {') + 1] ?? ''
const commands = code.filter((line) => line.startsWith('paper -'))

/** The words after `contextdrag eval`. */
function wordsOf(command: string): string[] {
  expect(shared).toMatch(/^contextdrag eval .* "\$@"$/)
  const line = shared.replace('"$@"', command.replace(/^paper /, ''))
  return line.split(' ').slice(2)
}

/** The options as `eval` gets them. */
function optionsOf(command: string) {
  const program = new Command()
  addEvalCommand(program)
  const found = program.commands.find((one) => one.name() === 'eval')
  if (found === undefined) throw new Error('there is no eval')
  expect(found.parseOptions(wordsOf(command))).toEqual({ operands: [], unknown: [] })
  return found.opts()
}

function specsOf(command: string) {
  const { engine, sweep, set } = optionsOf(command)
  return sweptSpecs(
    engine,
    sweep,
    set.map((text: string) => parseChoice(text, engine, false)),
  )
}

const commandOf = (table: string) => {
  const [command, ...more] = commands.filter((line) => line.endsWith(` --out ${table}`))
  expect(more).toEqual([])
  return command ?? ''
}

const paper = 'profile=paper'
const kontext = `flux1-kontext-dev ${paper}`
test.each([
  ['table-i', [kontext]],
  [
    'table-ii',
    [
      `flux2-klein-4b ${paper} steps=4`,
      `flux2-klein-base-4b ${paper} steps=30`,
      `flux2-klein-9b ${paper} steps=4`,
      `flux2-klein-base-9b ${paper} steps=30`,
      `longcat-image-edit ${paper} steps=30`,
      `${kontext} steps=30`,
    ],
  ],
  [
    'table-iv',
    ['forward-source', 'reverse-inferred', 'reverse-user'].map(
      (strategy) => `${kontext} strategy=${strategy}`,
    ),
  ],
  [
    'table-v',
    ['false oam=false', 'true oam=false', 'false oam=true', 'true oam=true'].map(
      (pre) => `${kontext} pre=${pre}`,
    ),
  ],
  [
    'table-vi',
    [
      'bidirectional-warp',
      `inversion:${kontext} steps=50 lambda=0.8 lambdaSchedule=constant lambdaUntil=0.8`,
      kontext,
      'bidirectional-warp-flux:fill',
    ],
  ],
  ['table-vii', [0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9].map((lambda) => `${kontext} lambda=${lambda}`)],
  [
    'table-viii',
    [
      'fastdrag-stretch',
      'bidirectional-warp',
      `flux2-klein-4b ${paper} steps=4`,
      `${kontext} steps=30`,
    ],
  ],
])('the command of %s has its rows', (table, rows) => {
  expect(specsOf(commandOf(table)).map(nameOf)).toEqual(rows)
})

test('every command is of one of these tables', () => {
  const tables = ['i', 'ii', 'iv', 'v', 'vi', 'vii', 'viii']
  expect(commands.map((line) => line.replace(/.* --out table-/, ''))).toEqual(tables)
})

test.each(commands)('%s: benchmarks, engines and metrics exist', async (command) => {
  const args = optionsOf(command)
  for (const bench of args.bench) expect(openBenchmark(bench).name).toMatch(/^dragbench-[sd]r-i4p$/)
  const resources = {
    checkpoints: Object.fromEntries(args.checkpoint.map((text: string) => text.split('='))),
    sam: args.sam,
    inpainter: 'none',
    threads: 1,
    apiKey: undefined,
    prompts: args.prompts,
  }
  for (const spec of specsOf(command)) {
    const check = async () => kindOf(spec).check(spec, resources)
    // Nothing but its weights, which are not here.
    if (spec.kind === 'bidirectional-warp-flux')
      await expect(check()).rejects.toThrow('fill is no folder with FLUX.1-Fill-dev')
    else await check()
  }
  expect(metricOptions(args as never, 1, args.out).judge?.model).toBe('gpt-4o')
})

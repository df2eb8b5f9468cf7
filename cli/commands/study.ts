/** `contextdrag eval study` and `eval votes`: people compare two folders of results. */

import { basename } from 'node:path'
import type { Command } from 'commander'
import { type PairFiles, readPairs, sourcesBeside } from '../../evaluation/study/pairs.ts'
import { readTally, shownTally } from '../../evaluation/study/votes.ts'
import { EditError } from '../../shared/errors.ts'
import { prepareOutput } from '../files.ts'

/** @param command `eval` */
export function addStudyCommands(command: Command): void {
  command
    .command('study')
    .argument('<a>', 'a folder of results, such as OUT/results/ENGINE of an evaluation')
    .argument('<b>', 'another one, with pictures of the same names')
    .description('Write a page on which people compare two folders of results, without names.')
    .option('--photos <folder>', 'photos of the same names; by default those of the evaluation')
    .option('--cases <folder>', "what was asked: an evaluation's OUT/cases; by default beside <a>")
    .option('--limit <count>', 'only so many pairs, evenly chosen')
    .option('--out <folder>', 'where the page goes', 'study')
    .action(study)
  command
    .command('votes')
    .argument('<files...>', 'files of votes that participants exported')
    .description('Count the votes of a study.')
    .option('--json', 'print the counts as JSON')
    .action(votes)
}

type StudyArguments = {
  readonly photos?: string
  readonly cases?: string
  readonly limit?: string
  readonly out: string
}

async function study(a: string, b: string, args: StudyArguments): Promise<void> {
  const beside = await sourcesBeside(a)
  const all = await readPairs(a, b, {
    photos: args.photos ?? beside.photos,
    cases: args.cases ?? beside.cases,
  })
  const limit = args.limit === undefined ? all.length : Number(args.limit)
  if (!Number.isInteger(limit) || limit < 1)
    throw new EditError('invalid_request', `--limit ${args.limit} is no count`, {
      pointer: '/limit',
    })
  const count = Math.min(limit, all.length)
  const pairs = Array.from(
    { length: count },
    (_, i) => all[Math.floor((i * all.length) / count)] as PairFiles,
  )
  await prepareOutput(`${args.out}/index.html`, '/out')
  // With a bundler, which no other command of `eval` waits for.
  const { writeStudy } = await import('../../evaluation/study/write.ts')
  const page = await writeStudy(pairs, { a: nameOf(a), b: nameOf(b) }, args.out)
  process.stdout.write(`${page}\n`)
}

function nameOf(folder: string): string {
  return basename(folder.replace(/[\\/]+$/, ''))
}

async function votes(files: readonly string[], args: { readonly json?: boolean }): Promise<void> {
  const tally = await readTally(files)
  process.stdout.write(`${args.json === true ? JSON.stringify(tally) : shownTally(tally)}\n`)
}

/**
 * Runs one command of the command line. An `EditError` is printed as one line of JSON on stderr, with
 * exit code 2; any other error is a bug and prints its stack, with exit code 1.
 */

import { Command, CommanderError } from 'commander'
import { EditError } from '../shared/errors.ts'
import { INTERRUPTED, Interrupted } from './interrupt.ts'

const commands = {
  admin: async () => (await import('./commands/admin.ts')).addAdminCommand,
  eval: async () => (await import('./commands/eval.ts')).addEvalCommand,
  edit: async () => (await import('./commands/edit.ts')).addEditCommand,
  mask: async () => (await import('./commands/mask.ts')).addMaskCommand,
  mcp: async () => (await import('./commands/mcp.ts')).addMcpCommand,
  models: async () => (await import('./commands/models.ts')).addModelsCommand,
  plan: async () => (await import('./commands/plan.ts')).addPlanCommand,
  'run-graph': async () => (await import('./commands/run-graph.ts')).addRunGraphCommand,
}

/** @param args what follows `contextdrag`. @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('contextdrag')
    .description('Drag things in a photo.')
    // Options behind a command are that command's.
    .enablePositionalOptions()
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
  // Only the named one is loaded: with all of them, the start takes half as long again.
  const [, named] = Object.entries(commands).find(([name]) => name === args[0]) ?? []
  for (const load of named === undefined ? Object.values(commands) : [named])
    (await load())(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return report(error)
  }
}

/** Prints the error and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    // Its message is only for itself: it would have printed its help.
    if (error.code === 'commander.help')
      return report(new EditError('invalid_request', 'a command is missing; --help lists them'))
    return report(new EditError('invalid_request', error.message.replace(/^error: /, '')))
  }
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`)
    return INTERRUPTED
  }
  if (error instanceof EditError) {
    process.stderr.write(`${JSON.stringify(error.problem())}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return 1
}

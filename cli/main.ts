/**
 * The command line. An `EditError` is printed as one line of JSON on stderr, with exit code 2; any
 * other error is a bug and prints its stack, with exit code 1.
 */

import { Command, CommanderError } from 'commander'
import { EditError } from '../shared/errors.ts'
import { addAdminCommand } from './commands/admin.ts'
import { addEditCommand } from './commands/edit.ts'
import { addMaskCommand } from './commands/mask.ts'
import { addModelsCommand } from './commands/models.ts'
import { addPlanCommand } from './commands/plan.ts'
import { addRunGraphCommand } from './commands/run-graph.ts'

const program = new Command('contextdrag')
  .description('Drag things in a photo.')
  .configureOutput({ writeErr: () => {} })
  .exitOverride()
addAdminCommand(program)
addEditCommand(program)
addMaskCommand(program)
addModelsCommand(program)
addPlanCommand(program)
addRunGraphCommand(program)

// A reader such as `| head` may close the pipe early; that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
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
  if (error instanceof EditError) {
    process.stderr.write(`${JSON.stringify(error.problem())}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return 1
}

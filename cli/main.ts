/**
 * The command line. Refusals are one line of JSON on stderr and exit code 2; bugs are exit code 1.
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

// A reader that has seen enough (`| head`) closes the pipe; that is its right, not our fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Says what went wrong and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    return report(new EditError('invalid_request', error.message.replace(/^error: /, '')))
  }
  if (error instanceof EditError) {
    process.stderr.write(`${JSON.stringify(error.problem())}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return 1
}

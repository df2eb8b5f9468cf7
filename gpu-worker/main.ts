/**
 * The worker's process. A fault of its configuration or files is one line of JSON on stderr, with
 * exit code 2; any other error is a bug and prints its stack.
 */

import { EditError } from '../shared/errors.ts'
import { boot } from './boot.ts'

const shutDown = await boot().catch((error) => {
  if (!(error instanceof EditError)) throw error
  process.stderr.write(`${JSON.stringify({ message: 'cannot start', ...error.problem() })}\n`)
  process.exit(2)
})
const stop = async () => {
  await shutDown()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

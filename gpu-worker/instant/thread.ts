/** The thread behind edit-on-thread.ts. */

import { parentPort, workerData } from 'node:worker_threads'
import { EditError } from '../../shared/errors.ts'
import { editInstantly } from '../../shared/instant/instant.ts'
import type { ThreadInput, ThreadMessage } from './edit-on-thread.ts'

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const tell = (message: ThreadMessage, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer)

const { photo, edit } = workerData as ThreadInput
try {
  const data = editInstantly(photo, edit, (stage) => tell({ stage }))
  tell({ data }, [data.buffer])
} catch (error) {
  if (!(error instanceof EditError)) throw error
  tell({ problem: error.problem() })
}

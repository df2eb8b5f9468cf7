/** A thread that evaluates cases: it opens engines and metrics of its own. */

import { parentPort, workerData } from 'node:worker_threads'
import { EditError, type Problem } from '../../shared/errors.ts'
import { engines } from '../engines/registry.ts'
import { EngineResources, type ResourceOptions } from '../engines/resources.ts'
import { type MetricOptions, openMetrics } from '../metrics/registry.ts'
import { type Again, type CaseTask, Evaluator, type Outcome } from './evaluator.ts'
import type { MetricDescription, Totals } from './records.ts'
import { Store } from './store.ts'

/** What the thread is started with. */
export type ThreadInput = {
  readonly folder: string
  readonly resources: ResourceOptions
  readonly metrics: MetricOptions
  readonly again: Again
}

/** A message to the thread. A stop ends the case that it works on; `close` ends the thread. */
export type ThreadRequest = { readonly task: CaseTask } | 'stop' | 'close'

/** A message from the thread. */
export type ThreadReply =
  | { readonly ready: readonly MetricDescription[] }
  | { readonly outcome: Outcome }
  | { readonly finished: Totals }
  | { readonly failed: Problem | string }

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const say = (reply: ThreadReply) => port.postMessage(reply)
const abort = new AbortController()

function problemOf(error: unknown): Problem | string {
  if (error instanceof EditError) return error.problem()
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

try {
  const input = workerData as ThreadInput
  const resources = new EngineResources(input.resources)
  const evaluator = new Evaluator({
    open: async (engine) => {
      const kind = engines[engine.kind]
      if (kind === undefined) throw new Error(`there is no engine ${engine.kind}`)
      return kind.open(engine, resources)
    },
    metrics: await openMetrics(input.metrics),
    store: new Store(input.folder),
    again: input.again,
  })
  port.on('message', async (request: ThreadRequest) => {
    if (request === 'stop') abort.abort(new Error('stopped'))
    else if (request === 'close') {
      await evaluator.close()
      await resources.close()
      port.close()
    } else
      await evaluator
        .run(request.task, abort.signal, (outcome) => say({ outcome }))
        .then(
          () => say({ finished: evaluator.totals }),
          (error) =>
            say(
              abort.signal.aborted ? { finished: evaluator.totals } : { failed: problemOf(error) },
            ),
        )
  })
  say({ ready: evaluator.metrics })
} catch (error) {
  say({ failed: problemOf(error) })
}

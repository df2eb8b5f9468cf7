/**
 * Ends a workerd of the test pool that does not say that it has: now and then, one has reported all
 * results of its files and then stays silent, and the run would wait for it without end.
 */

import type { Plugin } from 'vite'

type Message = {
  readonly type?: string
  readonly m?: string
  readonly context?: { readonly files?: readonly unknown[] }
}
type Listener = (message: Message) => void
type PoolWorker = {
  on: (event: string, listener: Listener) => void
  send: (message: Message) => void
  stop: () => Promise<void>
}
type Pool = { createPoolWorker: (options: never) => PoolWorker }

/** Silence after which a worker is taken to have ended, once its results are in. */
const SILENCE_MS = 10_000
/** How long its process may take to end. */
const STOP_MS = 5_000

export const endsInTime: Plugin & { configureVitest: (context: never) => void } = {
  name: 'ends-in-time',
  configureVitest({ project }: { project: { config: object } }) {
    const { poolRunner: pool } = project.config as { poolRunner?: Pool }
    if (pool === undefined) throw new Error('the project has no pool of workerd')
    const create = pool.createPoolWorker.bind(pool)
    pool.createPoolWorker = (options) => watched(create(options))
  },
}

/** Answers for the worker where it is silent: what the pool waits for is sent by its `type`. */
function watched(worker: PoolWorker): PoolWorker {
  const [on, send, stop] = [worker.on, worker.send, worker.stop].map((one) => one.bind(worker)) as [
    PoolWorker['on'],
    PoolWorker['send'],
    PoolWorker['stop'],
  ]
  let listener: Listener = () => {}
  let silence: NodeJS.Timeout | undefined
  const expect = (type: string) => {
    clearTimeout(silence)
    const answer = { type, __vitest_worker_response__: true }
    silence = setTimeout(() => listener(answer), SILENCE_MS).unref()
  }
  /** Files of this run whose results are not all in; null before it. */
  let open: number | null = null
  worker.on = (event, callback) => {
    if (event !== 'message') return on(event, callback)
    listener = callback
    on(event, (message) => {
      clearTimeout(silence)
      // The last thing that a file reports, beside its last results.
      if (message.m === 'snapshotSaved' && open !== null) open--
      if (open === 0 && message.type === undefined) expect('testfileFinished')
      callback(message)
    })
  }
  worker.send = (message) => {
    if (message.type === 'run') open = message.context?.files?.length ?? 1
    send(message)
    if (message.type === 'stop') expect('stopped')
  }
  worker.stop = () => {
    clearTimeout(silence)
    const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS))
    return Promise.race([stop(), late])
  }
  return worker
}

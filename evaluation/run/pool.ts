/** Threads that evaluate cases beside each other, each with engines of its own. */

import { Worker } from 'node:worker_threads'
import { EditError } from '../../shared/errors.ts'
import type { CaseTask, Outcome } from './evaluator.ts'
import { added, type MetricDescription, type Totals } from './records.ts'
import type { ThreadInput, ThreadReply, ThreadRequest } from './thread.ts'

/** What works through tasks: threads, or in tests the tests' own. */
export type Workers = {
  readonly metrics: readonly MetricDescription[]
  /** What the metrics have used so far. */
  totals(): Totals
  /**
   * Works through tasks in their order, several at a time.
   *
   * @throws the signal's reason when it is aborted, with all results so far written; Error if something
   * cannot be written
   */
  run(
    tasks: readonly CaseTask[],
    signal: AbortSignal,
    onOutcome: (outcome: Outcome) => void,
  ): Promise<void>
  close(): Promise<void>
}

/** @throws EditError if the metrics' weights cannot be used */
export async function openWorkers(count: number, input: ThreadInput): Promise<Workers> {
  const threads = Array.from({ length: count }, () => new Thread(input))
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.close()))
  }
  try {
    const [metrics = []] = await Promise.all(threads.map((thread) => thread.ready))
    return {
      metrics,
      totals: () => threads.map((thread) => thread.totals).reduce(added, {}),
      close,
      async run(tasks, signal, onOutcome) {
        const queue = tasks.values()
        const stop = () => {
          for (const thread of threads) thread.stop()
        }
        signal.addEventListener('abort', stop)
        try {
          await Promise.all(
            threads.map(async (thread) => {
              // An iterator is shared: each task goes to one thread.
              for (const task of queue) {
                if (signal.aborted) break
                await thread.run(task, onOutcome)
              }
            }),
          )
        } catch (error) {
          // The others need not finish.
          stop()
          throw error
        } finally {
          signal.removeEventListener('abort', stop)
        }
        signal.throwIfAborted()
      },
    }
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.end()))
    throw error
  }
}

class Thread {
  readonly #worker: Worker
  readonly ready: Promise<readonly MetricDescription[]>
  readonly #exited: Promise<void>
  totals: Totals = {}
  #task: PromiseWithResolvers<void> | null = null
  #onOutcome: (outcome: Outcome) => void = () => {}

  constructor(input: ThreadInput) {
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: input })
    const ready = Promise.withResolvers<readonly MetricDescription[]>()
    const fail = (error: Error) => {
      ready.reject(error)
      this.#task?.reject(error)
    }
    this.#worker.on('message', (reply: ThreadReply) => {
      if ('ready' in reply) ready.resolve(reply.ready)
      else if ('outcome' in reply) this.#onOutcome(reply.outcome)
      else if ('finished' in reply) {
        this.totals = reply.finished
        this.#task?.resolve()
      } else fail(errorOf(reply.failed))
    })
    this.#worker.on('error', (error) => fail(error as Error))
    const exited = Promise.withResolvers<void>()
    this.#worker.on('exit', (code) => {
      fail(new Error(`a thread of the evaluation ended with ${code}`))
      exited.resolve()
    })
    this.ready = ready.promise
    // Seen by those who wait for it.
    this.ready.catch(() => {})
    this.#exited = exited.promise
  }

  #say(request: ThreadRequest): void {
    this.#worker.postMessage(request)
  }

  async run(task: CaseTask, onOutcome: (outcome: Outcome) => void): Promise<void> {
    this.#onOutcome = onOutcome
    this.#task = Promise.withResolvers()
    this.#say({ task })
    await this.#task.promise
    this.#task = null
  }

  stop(): void {
    this.#say('stop')
  }

  async close(): Promise<void> {
    this.#say('close')
    await this.#exited
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

function errorOf(failed: Extract<ThreadReply, { failed: unknown }>['failed']): Error {
  if (typeof failed === 'string') return new Error(failed)
  const { code, detail, pointer } = failed
  return new EditError(code, detail, pointer === undefined ? {} : { pointer })
}

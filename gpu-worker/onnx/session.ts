/**
 * Sessions of onnxruntime, each in its own thread: `run` and `create` block their thread, and the
 * server has to stay responsive. Knows nothing of what a graph computes.
 */

import { Worker } from 'node:worker_threads'
import type { Tensor } from './tensor.ts'

/** Execution providers. One is never silently replaced by another. */
export type ExecutionProvider = 'cpu' | 'cuda'

/** Start parameters of the thread. */
export type SessionOptions = {
  readonly provider: ExecutionProvider
  readonly threads?: number | undefined
  /**
   * Whether float32 weights are rearranged for the CPU's products when the graph is loaded: a product
   * is faster, but they are in the memory of the process instead of mapped from their file.
   */
  readonly packed?: boolean | undefined
}

/**
 * A run for the thread; the response has the same id. `stop` is memory shared with the thread: a run
 * of a stoppable graph ends at its next stop point once the value is no longer 0.
 */
export type SessionRequest = {
  readonly id: number
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly stop: BigInt64Array
}

/** The input of a stoppable graph that is read while it runs: i64 scalar, 0 to go on. */
export const STOP_INPUT = 'stop'

/**
 * Whether graphs for a provider may have stop points: they are integer arithmetic, which CUDA leaves
 * to the CPU, and the thread does not allow that. A step takes about a second there.
 */
export function isStoppable(provider: ExecutionProvider): boolean {
  return provider === 'cpu'
}

/** The last message to the thread: it exits as soon as onnxruntime returns. */
export const END = 'end'

/** An input or output of a graph; a string is a dimension known only at run time. */
export type GraphValue = {
  readonly name: string
  /** The element type in onnxruntime's words, such as float32 or int64. */
  readonly type: string
  readonly dims: readonly (number | string)[]
}

/** What a graph takes and gives. */
export type Signature = {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
}

/**
 * A message from the thread: its first is the signature of the loaded graph. `milliseconds` is the
 * time inside onnxruntime.
 */
export type SessionReply =
  | { readonly id: 0; readonly signature: Signature }
  | { readonly id: number; readonly outputs: Record<string, Tensor>; readonly milliseconds: number }
  | { readonly id: number; readonly error: string }

/** A graph that onnxruntime rejects, or a provider that is not installed. */
export class UnloadableGraph extends Error {
  constructor(message: string) {
    super(`the graph cannot be loaded: ${message.split('\n')[0]}`)
  }
}

/** A loaded graph. */
export class Session {
  readonly signature: Signature
  readonly #worker: Worker
  readonly #waiting = new Map<
    number,
    { resolve: (reply: RunResult) => void; reject: (error: Error) => void }
  >()
  readonly #ended: Promise<void>
  #next = 1
  #closed: Error | null = null

  private constructor(worker: Worker, signature: Signature) {
    this.#worker = worker
    this.signature = signature
    worker.on('message', (reply: SessionReply) => this.#settle(reply))
    worker.on('error', (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    )
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#fail(new Error(`the session's thread ended with code ${code}`))
        resolve()
      })
    })
  }

  /**
   * Loads a graph. External weights are mapped from their files.
   *
   * @param model bytes of a ModelProto
   * @throws UnloadableGraph if onnxruntime rejects the graph, or the provider is not
   *   installed
   */
  static async create(model: Uint8Array, options: SessionOptions): Promise<Session> {
    const worker = new Worker(new URL('./session-thread.ts', import.meta.url), {
      workerData: { model, options },
    })
    const signature = await loaded(worker).catch(async ({ message }: Error) => {
      await worker.terminate()
      throw new UnloadableGraph(message)
    })
    const session = new Session(worker, signature)
    return session
  }

  /**
   * Runs the graph. Runs finish in the order of the calls.
   *
   * @param signal ends the run at the next stop point, if the graph has any
   * @throws the signal's reason if it was aborted before the outputs arrived, however far the graph was
   */
  async run(inputs: Readonly<Record<string, Tensor>>, signal?: AbortSignal): Promise<RunResult> {
    signal?.throwIfAborted()
    if (this.#closed !== null) throw this.#closed
    const id = this.#next++
    const stop = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT))
    const onAbort = () => {
      stop[0] = 1n
    }
    signal?.addEventListener('abort', onAbort)
    try {
      const result = await new Promise<RunResult>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject })
        this.#worker.postMessage({ id, inputs, stop } satisfies SessionRequest)
      })
      signal?.throwIfAborted()
      return result
    } catch (error) {
      // Stopped: onnxruntime's error is the index that the stop point did not find.
      if (stop[0] !== 0n) signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /**
   * Rejects pending runs, then ends the thread and frees its memory. Waits for the current run:
   * terminating a thread inside onnxruntime crashes the whole process.
   */
  async close(): Promise<void> {
    this.#fail(new Error('the session is closed'))
    this.#worker.postMessage(END)
    await this.#ended
  }

  #settle(reply: SessionReply): void {
    if ('signature' in reply) return
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(reply.error))
    else waiting?.resolve({ outputs: reply.outputs, milliseconds: reply.milliseconds })
  }

  #fail(error: Error): void {
    this.#closed ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#closed)
    this.#waiting.clear()
  }
}

/** The signature of the graph, once the thread has loaded it. */
function loaded(worker: Worker): Promise<Signature> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: SessionReply) => {
      if ('signature' in reply) resolve(reply.signature)
      else reject(new Error('error' in reply ? reply.error : 'the thread ran before it had loaded'))
    }
    worker.once('message', onMessage)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)))
  })
}

/** Outputs by name, and the time spent inside onnxruntime. */
export type RunResult = {
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly milliseconds: number
}

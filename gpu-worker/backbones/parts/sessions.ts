/**
 * The sessions of an opened backbone: which of them stay loaded between runs, and their total time
 * in onnxruntime.
 */

import { EditError } from '../../../shared/errors.ts'
import { LazySession } from '../../onnx/lazy-session.ts'
import { type ExecutionProvider, isStoppable, UnloadableGraph } from '../../onnx/session.ts'
import type { Tensor } from '../../onnx/tensor.ts'

/** The parts of a backbone that are loaded and released together. */
export type LoadedPart = 'text' | 'transformer' | 'vae'

export type SessionSettings = {
  readonly provider: ExecutionProvider
  readonly threads?: number | undefined
  /** Parts that stay loaded between runs; default: transformer and vae. */
  readonly keepLoaded?: readonly LoadedPart[] | undefined
}

/** Whether a part stays loaded between runs. */
export function staysLoaded({ keepLoaded }: SessionSettings, part: LoadedPart): boolean {
  return (keepLoaded ?? ['transformer', 'vae']).includes(part)
}

type Emit = (stoppable: boolean) => Uint8Array | Promise<Uint8Array>

export class Sessions {
  readonly insideSession = { milliseconds: 0 }
  readonly #settings: SessionSettings
  readonly #sessions: LazySession[] = []

  constructor(settings: SessionSettings) {
    this.#settings = settings
  }

  /**
   * Adds a session to `part`.
   *
   * @param emit writes its graph, with stop points if it is stoppable; called again after each
   *   release
   */
  add(part: LoadedPart, emit: Emit): TimedSession {
    const stoppable = isStoppable(this.#settings.provider)
    const session = new LazySession(
      () => emit(stoppable),
      this.#settings,
      staysLoaded(this.#settings, part),
    )
    this.#sessions.push(session)
    return new TimedSession(session, this.insideSession)
  }

  /**
   * Loads the sessions that stay loaded, in the order in which they were added.
   *
   * @throws EditError `model_unavailable` if onnxruntime cannot load one
   */
  async warm(): Promise<void> {
    for (const session of this.#sessions)
      await session.warm().catch((error) => {
        if (!(error instanceof UnloadableGraph)) throw error
        throw new EditError('model_unavailable', error.message)
      })
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()))
  }
}

/** A session that adds its time to the total. */
export class TimedSession {
  readonly #session: LazySession
  readonly #sum: { milliseconds: number }

  constructor(session: LazySession, sum: { milliseconds: number }) {
    this.#session = session
    this.#sum = sum
  }

  /**
   * Runs the graph and returns one float output.
   *
   * @throws the signal's reason if it ended the run
   */
  async run(
    inputs: Record<string, Tensor>,
    output: string,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { outputs, milliseconds } = await this.#session.run(inputs, signal)
    this.#sum.milliseconds += milliseconds
    const tensor = outputs[output]
    if (tensor?.type !== 'F32') throw new Error(`the graph returned no float output ${output}`)
    return tensor.data
  }

  /** Releases the session, unless it stays loaded. */
  release(): Promise<void> {
    return this.#session.release()
  }
}

/**
 * A session that is loaded when it is first needed, and released after use unless it is to be kept.
 */

import { type RunResult, Session, type SessionOptions } from './session.ts'
import type { Tensor } from './tensor.ts'

export class LazySession {
  readonly #emit: () => Uint8Array | Promise<Uint8Array>
  readonly #options: SessionOptions
  readonly #keep: boolean
  #session: Promise<Session> | null = null

  /** @param emit writes the graph; called again after a release */
  constructor(
    emit: () => Uint8Array | Promise<Uint8Array>,
    options: SessionOptions,
    keep: boolean,
  ) {
    this.#emit = emit
    this.#options = options
    this.#keep = keep
  }

  /**
   * Loads the session if it is one that is kept: what a boot does, so that the first run need not.
   */
  async warm(): Promise<void> {
    if (this.#keep) await this.#load()
  }

  /** Runs the graph, loading it first where it is not. */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<RunResult> {
    return (await this.#load()).run(inputs)
  }

  /** Nothing more is wanted of it for now. */
  async release(): Promise<void> {
    if (!this.#keep) await this.close()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = null
    await (await session)?.close()
  }

  async #create(): Promise<Session> {
    return Session.create(await this.#emit(), this.#options)
  }

  #load(): Promise<Session> {
    this.#session ??= this.#create().catch((error) => {
      // The next run tries again.
      this.#session = null
      throw error
    })
    return this.#session
  }
}

/** A session that is loaded when first needed, and released after use unless it is kept loaded. */

import { type RunResult, Session, type SessionOptions, type Signature } from './session.ts'
import type { Tensor } from './tensor.ts'

export class LazySession {
  readonly #emit: () => Uint8Array | Promise<Uint8Array>
  readonly #options: SessionOptions
  readonly #keep: boolean
  #session: Promise<Session> | null = null

  /** @param emit writes the graph; called again after each release */
  constructor(
    emit: () => Uint8Array | Promise<Uint8Array>,
    options: SessionOptions,
    keep: boolean,
  ) {
    this.#emit = emit
    this.#options = options
    this.#keep = keep
  }

  /** Loads a kept session at boot, so that the first run does not have to wait for it. */
  async warm(): Promise<void> {
    if (this.#keep) await this.#load()
  }

  /** What the graph takes and gives; loads it first if necessary. */
  async signature(): Promise<Signature> {
    return (await this.#load()).signature
  }

  /** Runs the graph, and loads it first if necessary. */
  async run(inputs: Readonly<Record<string, Tensor>>, signal?: AbortSignal): Promise<RunResult> {
    return (await this.#load()).run(inputs, signal)
  }

  /** Releases the session, unless it is kept loaded. */
  async release(): Promise<void> {
    if (!this.#keep) await this.close()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = null
    await (await session)?.close()
  }

  async #create(): Promise<Session> {
    // What is loaded for one run would be packed as long as it computes.
    return Session.create(await this.#emit(), { ...this.#options, packed: this.#keep })
  }

  #load(): Promise<Session> {
    this.#session ??= this.#create().catch((error) => {
      // After a failed load the next run tries again.
      this.#session = null
      throw error
    })
    return this.#session
  }
}

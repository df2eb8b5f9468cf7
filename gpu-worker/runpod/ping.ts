/** The heartbeat of a RunPod worker, in a thread of its own: decoding a photo must not delay it. */

import { Worker } from 'node:worker_threads'
import type { RunPodConfig } from './api.ts'

export class Ping {
  readonly #thread: Worker

  constructor(config: RunPodConfig) {
    const { RUNPOD_WEBHOOK_PING, RUNPOD_POD_ID, RUNPOD_AI_API_KEY, RUNPOD_PING_INTERVAL } = config
    this.#thread = new Worker(new URL('./ping-thread.ts', import.meta.url), {
      workerData: {
        url: RUNPOD_WEBHOOK_PING.replace('$RUNPOD_POD_ID', RUNPOD_POD_ID),
        key: RUNPOD_AI_API_KEY,
        interval: RUNPOD_PING_INTERVAL,
      },
    })
    // A worker whose heart has stopped is taken for dead anyway.
    this.#thread.once('error', (error) => {
      throw error
    })
  }

  /** The job that the next pings name. */
  set job(id: string | null) {
    this.#thread.postMessage(id)
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }
}

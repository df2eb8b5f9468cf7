/** The heartbeat of a RunPod worker, in its own thread so that decoding cannot delay it. */

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
    // RunPod drops a worker without pings, so crash at once instead.
    this.#thread.once('error', (error) => {
      throw error
    })
  }

  /** The job whose id the next pings send. */
  set job(id: string | null) {
    this.#thread.postMessage(id)
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }
}

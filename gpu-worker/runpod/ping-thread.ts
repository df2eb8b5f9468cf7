/** The thread of {@link Ping}: one GET per interval, with the id of the current job. */

import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const { url, key, interval } = workerData as {
  readonly url: string
  readonly key: string
  readonly interval: number
}
let job: string | null = null
parentPort?.on('message', (id: string | null) => {
  job = id
})

while (true) {
  const address = new URL(url)
  if (job !== null) address.searchParams.set('job_id', job)
  try {
    const response = await fetch(address, {
      headers: { authorization: key },
      signal: AbortSignal.timeout(2 * interval),
    })
    await response.arrayBuffer()
  } catch (error) {
    // RunPod tolerates several missing pings, and the next is due soon.
    console.error(JSON.stringify({ message: 'ping failed', error: String(error) }))
  }
  await sleep(interval)
}

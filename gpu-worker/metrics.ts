/** Prometheus metrics: runs by outcome, and the duration of their stages. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ModelName } from '../shared/models.ts'
import type { RunEvent } from '../shared/run.ts'

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

export class Metrics {
  readonly #registry = new Registry()
  readonly #runs: Counter<'model' | 'outcome'>
  readonly #stages: Histogram<'model' | 'stage'>

  /** @param busy returns whether a run is in progress */
  constructor(busy: () => boolean) {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#runs = new Counter({
      name: 'contextdrag_runs_total',
      help: 'Runs by outcome; failures by error code',
      labelNames: ['model', 'outcome'],
      registers,
    })
    this.#stages = new Histogram({
      name: 'contextdrag_stage_seconds',
      help: 'Duration of the stages of runs, in seconds',
      labelNames: ['model', 'stage'],
      buckets: SECONDS,
      registers,
    })
    new Gauge({
      name: 'contextdrag_busy',
      help: '1 while a run is in progress, otherwise 0',
      registers,
      collect() {
        this.set(busy() ? 1 : 0)
      },
    })
  }

  /** Counts a run by its last event. */
  ended(model: ModelName, event: RunEvent): void {
    const outcome = event.type === 'failed' ? event.problem.code : event.type
    this.#runs.inc({ model, outcome })
    if (event.type !== 'succeeded') return
    for (const [stage, milliseconds] of Object.entries(event.timings))
      this.#stages.observe({ model, stage }, milliseconds / 1000)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}

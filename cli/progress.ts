/** Progress of an evaluation on stderr: a bar on a terminal, otherwise a line now and then. */

import { SingleBar } from 'cli-progress'
import { counted } from '../evaluation/report/numbers.ts'
import type { Outcome } from '../evaluation/run/evaluator.ts'
import type { Watcher } from '../evaluation/run/run.ts'

/** Where nobody looks at a terminal, from one line to the next. */
const LINE_MS = 30_000

export class EvaluationProgress implements Watcher {
  #bar: SingleBar | null = null
  #total = 0
  #done = 0
  #failed = 0
  #started = 0
  #said = 0

  start(total: number, known: number, cases: number, faults: number): void {
    this.#total = total
    this.#started = performance.now()
    this.#said = this.#started
    const unread = faults === 0 ? '' : `, ${faults} that cannot be read`
    process.stderr.write(
      `${counted(cases, 'case')}${unread}; ${counted(total, 'result')} to do, ${known} done before\n`,
    )
    if (!process.stderr.isTTY || total === 0) return
    const format = '{bar} {value}/{total} · {left} left · {failed} failed · {now}'
    this.#bar = new SingleBar({ format, barsize: 24, clearOnComplete: true })
    this.#bar.start(total, 0, { left: '…', failed: 0, now: '' })
  }

  outcome({ engine, benchmark, id, error }: Outcome): void {
    this.#done++
    if (error !== null) this.#failed++
    const left = this.#left()
    if (this.#bar !== null) {
      this.#bar.update(this.#done, { left, failed: this.#failed, now: `${engine}: ${id}` })
      if (this.#done === this.#total) this.#bar.stop()
      return
    }
    if (error !== null) process.stderr.write(`${engine}: ${benchmark}/${id}: ${error}\n`)
    const now = performance.now()
    if (now - this.#said < LINE_MS && this.#done < this.#total) return
    this.#said = now
    process.stderr.write(`${this.#done}/${this.#total} · ${left} left · ${this.#failed} failed\n`)
  }

  stop(): void {
    this.#bar?.stop()
  }

  /** Time for the rest, if it goes on like this. */
  #left(): string {
    const seconds =
      (((performance.now() - this.#started) / this.#done) * (this.#total - this.#done)) / 1000
    if (seconds < 60) return `${Math.ceil(seconds)} s`
    const minutes = Math.round(seconds / 60)
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  }
}

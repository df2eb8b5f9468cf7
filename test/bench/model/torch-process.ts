/** `measure.py --serve` as a process: diffusers' steps of one exported model, one at a time. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./measure.py', import.meta.url))

/** Whether this Python has PyTorch and diffusers. */
export function hasDiffusers(python: string): boolean {
  const find =
    'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ["torch", "diffusers"])))'
  return spawnSync(python, ['-c', find]).status === 0
}

/** Seconds of a step, and those of all cores together, which say more on a busy machine. */
export type StepTime = { readonly seconds: number; readonly cpu: number }

export class TorchProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  private constructor(python: string, folder: string, threads: number) {
    this.#child = spawn(python, [script, folder, '--serve', String(threads)])
    // Its warnings, and why it ended.
    this.#child.stderr.pipe(process.stderr)
    this.#reader = createInterface({ input: this.#child.stdout })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  /** Loads the model; `about` has the version of PyTorch and the seconds to load. */
  static async start(
    python: string,
    folder: string,
    threads: number,
  ): Promise<{ torch: TorchProcess; about: { torch: string; load: number } }> {
    const torch = new TorchProcess(python, folder, threads)
    return { torch, about: (await torch.#answer()) as { torch: string; load: number } }
  }

  /** A step's time. */
  async step(kind: 'eager' | 'compiled'): Promise<StepTime> {
    return (await this.#ask(kind)) as StepTime
  }

  /** Relative L2 error of float32 values in a file to diffusers' own result. */
  async error(kind: 'plain' | 'control', file: string): Promise<number> {
    return (await this.#ask(`${kind} ${file}`)).error as number
  }

  /** Operations per second of a large product, and the largest memory so far in GB. */
  async peak(): Promise<{ peak: number; memory: number }> {
    return (await this.#ask('peak')) as { peak: number; memory: number }
  }

  async close(): Promise<void> {
    this.#reader.close()
    this.#child.stdin.end()
    await new Promise((resolve) => this.#child.once('close', resolve))
  }

  #ask(command: string): Promise<Record<string, unknown>> {
    this.#child.stdin.write(`${command}\n`)
    return this.#answer()
  }

  async #answer(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('measure.py ended; its last words are above')
    return JSON.parse(value)
  }
}

/** The folder of a report. Files appear whole or not at all, so that a run may be killed at any time. */

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import { type CaseName, caseFile, resultFile } from './place.ts'
import { type CaseRecord, RECORD_VERSION, type ResultRecord, type RunRecord } from './records.ts'

export class Store {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** @param path below the folder */
  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    const whole = join(this.folder, path)
    // Two threads may write the same small picture.
    const part = `${whole}.${randomUUID()}.part`
    await mkdir(dirname(whole), { recursive: true })
    try {
      await writeFile(part, bytes)
      await rename(part, whole)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  /** The bytes of a file; null if it does not exist. */
  async read(path: string): Promise<Buffer | null> {
    return readFile(join(this.folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
  }

  async has(path: string): Promise<boolean> {
    return stat(join(this.folder, path)).then(
      () => true,
      () => false,
    )
  }

  async writeCase(record: CaseRecord): Promise<void> {
    await this.write(`${caseFile(record)}.json`, json(record))
  }

  /** Null if it is missing or damaged. */
  async readCase(name: CaseName): Promise<CaseRecord | null> {
    return this.#json(`${caseFile(name)}.json`)
  }

  async writeResult(record: ResultRecord): Promise<void> {
    await this.write(`${resultFile(record.engine, record)}.json`, json(record))
  }

  /** Null if it is missing or damaged: it is made again. */
  async readResult(engine: string, name: CaseName): Promise<ResultRecord | null> {
    return this.#json(`${resultFile(engine, name)}.json`)
  }

  async writeRun(record: RunRecord): Promise<void> {
    await this.write('run.json', json(record))
  }

  hasRun(): Promise<boolean> {
    return this.has('run.json')
  }

  /** @throws EditError `invalid_request` if the folder holds no run, a damaged one, or one of another release */
  async readRun(): Promise<RunRecord> {
    const record = await this.#json<RunRecord>('run.json')
    const reject = (detail: string) => new EditError('invalid_request', detail)
    if (record === null)
      throw reject(`${this.folder} holds no evaluation (run.json is missing or damaged)`)
    if (record.version !== RECORD_VERSION)
      throw reject(`${this.folder} was written by a release whose records are not read`)
    return record
  }

  /** What a file holds; null if it does not exist, or is no JSON, as after a crash of the machine. */
  async #json<T>(path: string): Promise<T | null> {
    const bytes = await this.read(path)
    if (bytes === null) return null
    try {
      return JSON.parse(bytes.toString('utf8')) as T
    } catch {
      return null
    }
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}

/** Answers on disk, by what was asked: the same question to the same model is paid for once. */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Answer, ChatEndpoint, Question } from './endpoint.ts'

const Stored = z.object({
  text: z.string(),
  cut: z.boolean(),
  inputTokens: z.number(),
  outputTokens: z.number(),
})

export class KeptAnswers {
  readonly #folder: string

  /** @param folder is made if it does not exist */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** @param repeat tells apart the same question asked several times */
  nameOf({ address, model }: ChatEndpoint, question: Question, repeat: number): string {
    const all = JSON.stringify([address, model, question, repeat])
    return createHash('sha256').update(all).digest('hex')
  }

  /** The answer of that name; null without one. @throws Error for a file that is something else */
  async read(name: string): Promise<Answer | null> {
    const path = this.#path(name)
    const text = await readFile(path, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text === null) return null
    const { success, data } = Stored.safeParse(JSON.parse(text))
    if (!success) throw new Error(`${path} is not an answer of a judge; delete it`)
    return data
  }

  /** Writes an answer, all of it or nothing. */
  async write(name: string, answer: Answer): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const temporary = this.#path(`${name}.${randomUUID()}`)
    await writeFile(temporary, JSON.stringify(answer))
    await rename(temporary, this.#path(name))
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`)
  }
}

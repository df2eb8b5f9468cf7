/** A model that scores pictures: asks, keeps answers, and counts what they cost. */

import type { KeptAnswers } from './answers.ts'
import type { Answer, ChatEndpoint, Question } from './endpoint.ts'

/** Of a million tokens, in whatever currency. */
export type Prices = { readonly input: number; readonly output: number }

const MILLION = 1e6

export class Judge {
  readonly #endpoint: ChatEndpoint
  readonly #answers: KeptAnswers
  readonly #prices: Prices | undefined
  #asked = 0
  #kept = 0
  #inputTokens = 0
  #outputTokens = 0
  #unreadable = 0

  constructor(endpoint: ChatEndpoint, answers: KeptAnswers, prices?: Prices) {
    this.#endpoint = endpoint
    this.#answers = answers
    this.#prices = prices
  }

  /**
   * The words of an answer; undefined, and counted, if it is empty or cut off.
   *
   * @throws as {@link ChatEndpoint.ask}
   */
  words(question: Question, signal: AbortSignal): Promise<string | undefined> {
    return this.#read(question, signal, 0, (text) => (text.trim() === '' ? undefined : text))
  }

  /**
   * The score in an answer; undefined, and counted, if there is none.
   *
   * @param repeat tells apart the same question asked several times
   * @throws as {@link ChatEndpoint.ask}
   */
  score(
    question: Question,
    scale: Scale,
    signal: AbortSignal,
    repeat = 0,
  ): Promise<number | undefined> {
    return this.#read(question, signal, repeat, (text) => scoreIn(text, scale))
  }

  /** What is read in the kept answer, or in a new one, which is kept only if it can be read. */
  async #read<T>(
    question: Question,
    signal: AbortSignal,
    repeat: number,
    read: (text: string) => T | undefined,
  ): Promise<T | undefined> {
    const readable = ({ text, cut }: Answer) => (cut ? undefined : read(text))
    const name = this.#answers.nameOf(this.#endpoint, question, repeat)
    const kept = await this.#answers.read(name)
    const known = kept === null ? undefined : readable(kept)
    if (known !== undefined) {
      this.#kept++
      return known
    }
    const answer = await this.#endpoint.ask(question, signal)
    this.#asked++
    this.#inputTokens += answer.inputTokens
    this.#outputTokens += answer.outputTokens
    const value = readable(answer)
    if (value === undefined) this.#unreadable++
    else await this.#answers.write(name, answer)
    return value
  }

  /** Questions that were asked and that were kept, their tokens and cost, and answers that cannot be read. */
  totals(): Record<string, number> {
    const cost =
      this.#prices &&
      (this.#prices.input * this.#inputTokens + this.#prices.output * this.#outputTokens) / MILLION
    return {
      asked: this.#asked,
      kept: this.#kept,
      'input-tokens': this.#inputTokens,
      'output-tokens': this.#outputTokens,
      ...(cost !== undefined && { cost }),
      unreadable: this.#unreadable,
    }
  }
}

/** Scores from `from` to `to`; `whole` allows only whole ones. */
export type Scale = { readonly from: number; readonly to: number; readonly whole: boolean }

/** Numbers that are the scale's: a range, and the most that there is. */
const OF_SCALE = /\d+\s*(?:-|–|to)\s*\d+|(?:\/|\bout of)\s*\d+/gi
/** The word, and the number that follows on the same line. */
const STATED = /\bscore\b[^\d\n]{0,60}?(-?\d+(?:\.\d+)?)/gi

/** The last score that an answer states; undefined if that is none of the scale's. */
export function scoreIn(text: string, { from, to, whole }: Scale): number | undefined {
  const stated = [...text.replace(OF_SCALE, '').matchAll(STATED)].at(-1)?.[1]
  if (stated === undefined) return undefined
  const score = Number(stated)
  const fits = score >= from && score <= to && (!whole || Number.isInteger(score))
  return fits ? score : undefined
}

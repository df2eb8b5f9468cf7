/**
 * A multimodal model behind OpenAI's chat completions, which many hosts and local servers speak:
 * `POST <url>/chat/completions`. Tries again where that can help.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'

/** A piece of a message; pictures are data URLs. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }

export type Message = {
  readonly role: 'user' | 'assistant'
  readonly content: string | readonly Part[]
}

export type Question = {
  readonly messages: readonly Message[]
  /** Null to leave it to the model: some accept none. */
  readonly temperature: number | null
}

/** What a model answered. */
export type Answer = {
  readonly text: string
  /** Whether the answer was cut off. */
  readonly cut: boolean
  readonly inputTokens: number
  readonly outputTokens: number
}

export type EndpointOptions = {
  /** Such as `https://api.openai.com/v1`. */
  readonly url: string
  readonly model: string
  /** Absent for servers that take none. */
  readonly key?: string | undefined
}

const ATTEMPTS = 6
const FIRST_WAIT_MS = 2000
const LONGEST_WAIT_MS = 120_000
const TIMEOUT_MS = 180_000
/** Of a response: answers are a few kilobytes, and a body without end must not fill the memory. */
const LONGEST_BYTES = 1_000_000
/** Too many requests, and faults of the host. */
const MAY_HELP = new Set([408, 429, 500, 502, 503, 504, 529])
/** What OpenAI says with 429 when an account has no money left: no waiting helps. */
const NO_MONEY = 'insufficient_quota'

const Completion = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullable() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
})
const Failure = z.object({
  error: z.object({ message: z.string(), code: z.string().nullish() }),
})

/** Waits; ends with the signal's reason when it is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<unknown>

export class ChatEndpoint {
  readonly model: string
  /** The address that is asked. */
  readonly address: string
  readonly #key: string | undefined
  readonly #wait: Wait

  /** @throws EditError `invalid_request` for an address that is neither http nor https */
  constructor(
    { url, model, key }: EndpointOptions,
    wait: Wait = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  ) {
    // `localhost:8999/v1` is a URL, too: of the scheme `localhost:`.
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new EditError(
        'invalid_request',
        `--judge ${url} begins with neither http:// nor https://`,
        { pointer: '/judge' },
      )
    const base = url.replace(/\/+$/, '')
    this.address = base.endsWith('/chat/completions') ? base : `${base}/chat/completions`
    this.model = model
    this.#key = key
    this.#wait = wait
  }

  /**
   * The model's answer.
   *
   * @throws Error with the host's words if it does not answer, after several attempts where they can
   * help; the signal's reason when it is aborted
   */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(question, signal)
      if ('text' in result) return result
      if (!result.mayHelp || attempt === ATTEMPTS)
        throw new Error(`${this.address}: ${result.reason} (attempt ${attempt})`)
      await this.#wait(result.after ?? backoff(attempt), signal)
    }
  }

  async #attempt(question: Question, signal: AbortSignal): Promise<Answer | Failed> {
    const { messages, temperature } = question
    const body = { model: this.model, messages, ...(temperature !== null && { temperature }) }
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    try {
      const response = await fetch(this.address, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
        },
        body: JSON.stringify(body),
        // The key is for this host alone.
        redirect: 'error',
        signal: limited,
      })
      const text = await textOf(response)
      if (text === null)
        return { reason: 'the response is longer than 1 MB', mayHelp: false, after: null }
      return response.ok ? answerIn(text) : failureOf(response, text)
    } catch (error) {
      signal.throwIfAborted()
      const { message, cause } = error as Error
      const detail = cause instanceof Error ? `: ${cause.message}` : ''
      return { reason: `${message}${detail}`, mayHelp: true, after: null }
    }
  }
}

/** The body; null, and the rest is not read, if it is longer than {@link LONGEST_BYTES}. */
async function textOf({ body }: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > LONGEST_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** An attempt without an answer: whether another may have one, and after how many milliseconds. */
type Failed = {
  readonly reason: string
  readonly mayHelp: boolean
  readonly after: number | null
}

function answerIn(text: string): Answer | Failed {
  const { success, data } = Completion.safeParse(parsed(text))
  if (!success) return { reason: 'the response is no chat completion', mayHelp: false, after: null }
  const [choice] = data.choices
  return {
    text: choice?.message.content ?? '',
    cut: choice?.finish_reason === 'length',
    inputTokens: data.usage?.prompt_tokens ?? 0,
    outputTokens: data.usage?.completion_tokens ?? 0,
  }
}

function failureOf({ status, headers }: Response, text: string): Failed {
  const { data } = Failure.safeParse(parsed(text))
  const after = retryAfter(headers.get('retry-after'), Date.now())
  return {
    reason: `${status} ${data?.error.message ?? text.slice(0, 200)}`,
    mayHelp:
      MAY_HELP.has(status) && data?.error.code !== NO_MONEY && (after ?? 0) <= LONGEST_WAIT_MS,
    after,
  }
}

/** JSON, or undefined for something else: hosts answer faults with pages. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Milliseconds of a Retry-After, which is seconds or a date; null without one. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const milliseconds = Number.isNaN(seconds) ? Date.parse(header) - now : 1000 * seconds
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds)
}

/** Twice as long each time, and up to half of that less, so that many callers do not come at once. */
function backoff(attempt: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1))
  return longest * (1 - Math.random() / 2)
}

/** What every host of GPU workers can do, whatever its protocol. Knows no edit's state. */

import type { ErrorCode } from '../../shared/errors.ts'
import type { MaskAnswer, MaskJob } from '../../shared/mask-request.ts'
import type { RunRequest, RunState } from '../../shared/run.ts'
import { secondsToWait } from '../retry-after.ts'

/** What became of submitting a run. */
export type Submission =
  /** `jobId` is the host's own id of the run, where it has one. */
  | { readonly outcome: 'accepted'; readonly jobId: string | null }
  /** Not now: full, throttled or starting up. Waiting, not an attempt. */
  | { readonly outcome: 'busy'; readonly retryAfter: number }
  | { readonly outcome: 'rejected'; readonly code: ErrorCode; readonly detail: string }
  /** It may have been accepted or not. */
  | { readonly outcome: 'unreachable'; readonly detail: string }

/** What is known of a run: its state, that it is lost, or nothing. */
export type RunReport =
  | { readonly outcome: 'known'; readonly state: Pick<RunState, 'status' | 'last'> }
  | { readonly outcome: 'lost'; readonly detail: string }
  | { readonly outcome: 'unreachable'; readonly detail: string }

/** What became of a mask. */
export type MaskReport =
  | { readonly outcome: 'found'; readonly mask: MaskAnswer }
  /** Not now: the segmenter is busy, starting up, or not there. */
  | { readonly outcome: 'busy'; readonly retryAfter: number }
  | {
      readonly outcome: 'rejected'
      readonly code: ErrorCode
      readonly detail: string
      readonly pointer: string | null
    }
  | { readonly outcome: 'unreachable'; readonly detail: string }

export type Host = {
  /** Submits a run. Submitting it again is accepted, and it runs once. */
  submit(runId: string, request: RunRequest): Promise<Submission>
  report(runId: string, jobId: string | null): Promise<RunReport>
  /** Cancels a run; the edge does not depend on it. */
  cancel(runId: string, jobId: string | null): Promise<void>
  /** Asks for a mask and waits for it; null where the host's workers find none. */
  readonly findMask: ((id: string, job: MaskJob) => Promise<MaskReport>) | null
}

/** A request with a deadline that never throws: a host that cannot be reached is a value. */
export async function ask(
  url: string,
  init: RequestInit,
): Promise<Response | { readonly unreachable: string }> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000), ...init })
  } catch (cause) {
    return {
      unreachable: `it cannot be reached: ${cause instanceof Error ? cause.message : cause}`,
    }
  }
}

/** Seconds of a Retry-After header, at most a minute. */
export function retryAfterOf(response: Response, standard = 1): number {
  return Math.min(secondsToWait(response) ?? standard, 60)
}

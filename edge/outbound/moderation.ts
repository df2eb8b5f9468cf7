/**
 * The operator's moderation hook: one HTTP call-out about the prompt and the photo before anything
 * is held, and one about the result before it is charged. Off where MODERATION_URL is not set.
 */

import { z } from 'zod'
import { EditError, type Problem } from '../../shared/errors.ts'
import type { Settings } from '../settings/settings.ts'
import { blobUrls } from '../storage/blob-urls.ts'

const Verdict = z.object({ allowed: z.boolean(), reason: z.string().max(200).optional() })
/** The image URL in a question lives this long. */
const URL_MS = 300_000

/**
 * Asks about a request. Without a response in time nothing is accepted.
 *
 * @throws EditError `blocked`, `moderation_unavailable`
 */
export async function moderateInput(
  settings: Settings,
  request: { readonly account: string; readonly prompt: string; readonly imageKey: string },
): Promise<void> {
  if (settings.MODERATION_URL === undefined) return
  const { account, prompt, imageKey } = request
  const verdict = await consult(settings, { stage: 'input', account, prompt }, imageKey)
  if (verdict === null)
    throw new EditError(
      'moderation_unavailable',
      'the moderation service did not respond in time; try again',
      {
        retryAfter: 10,
      },
    )
  if (!verdict.allowed) throw new EditError('blocked', reasonOf(verdict))
}

/**
 * Asks about a result. @returns the problem the edit fails with, or null @throws Error if there was
 * no response in time
 */
export async function moderateOutput(
  settings: Settings,
  result: { readonly account: string; readonly edit: string; readonly imageKey: string },
): Promise<Problem | null> {
  if (settings.MODERATION_URL === undefined) return null
  const { account, edit, imageKey } = result
  const verdict = await consult(settings, { stage: 'output', account, edit }, imageKey)
  if (verdict === null)
    throw new Error('the result could not be reviewed; the review will be retried')
  return verdict.allowed ? null : new EditError('blocked', reasonOf(verdict)).problem()
}

function reasonOf({ reason }: z.infer<typeof Verdict>): string {
  return `moderation rejected this${reason === undefined ? '' : `: ${reason}`}`
}

async function consult(settings: Settings, question: object, imageKey: string) {
  const { MODERATION_URL = '', MODERATION_TOKEN, MODERATION_SECONDS } = settings
  const imageUrl = await blobUrls(settings).get(imageKey, Date.now() + URL_MS, 'public')
  try {
    const response = await fetch(MODERATION_URL, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(1000 * MODERATION_SECONDS),
      headers: {
        'content-type': 'application/json',
        ...(MODERATION_TOKEN !== undefined && { authorization: `Bearer ${MODERATION_TOKEN}` }),
      },
      body: JSON.stringify({ ...question, imageUrl }),
    })
    if (!response.ok) throw new Error(`the moderation service returned ${response.status}`)
    return Verdict.parse(await response.json())
  } catch (error) {
    console.error(JSON.stringify({ message: 'moderation failed', error: String(error) }))
    return null
  }
}

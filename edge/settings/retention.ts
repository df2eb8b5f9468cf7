/**
 * How long data is kept. The documents and `infra/bucket/lifecycle.json` say the same, and
 * `test/infra/retention.test.ts` compares them.
 */

const HOUR_MS = 3600_000
export const DAY_MS = 24 * HOUR_MS

/** Days from an edit's end to the deletion of its photo, result, prompt and events, unless RETENTION_DAYS is set. */
export const RETENTION_DAYS = 30
/**
 * Days after which the bucket itself deletes what lies in the accounts' folders: whatever the edge did
 * not delete, such as the photo of an edit that was never accepted. Nothing that is needed is as old.
 */
export const BUCKET_DAYS = 32
/**
 * RETENTION_DAYS may be set within these. Webhooks are retried for three days and more, from the edit's
 * object; and the bucket must not delete first.
 */
export const RETENTION_RANGE = { least: 4, most: BUCKET_DAYS - 1 } as const

/**
 * Days from an edit's creation until its entry moves from the account's object to the bucket, with
 * others as old. Its own object is long gone then.
 */
export const ARCHIVE_DAYS = 90

/** An edit of which nothing is to be kept is deleted so long after its end at the latest. */
export const NONE_MS = HOUR_MS
/** And so long after its result was fetched: the connection may have broken at the end. */
export const FETCHED_MS = 60_000

/** A result's URL is valid for this long, unless the caller asks for more. */
export const RESULT_URL_MS = HOUR_MS
/** The most that S3 signs a URL for. */
export const MOST_RESULT_URL_MS = 7 * DAY_MS

/** An upload URL can be used for this long. */
export const UPLOAD_URL_MS = HOUR_MS
/** After its URL has expired, edits can be made of an upload for this long; then it is deleted. */
export const UPLOAD_MS = DAY_MS
/** Responses are kept for their Idempotency-Key for this long. */
export const RESPONSES_MS = DAY_MS
/** The events of an edit can be read again for this long after its end; then only the last is left. */
export const EVENTS_MS = HOUR_MS

/** Milliseconds of `6h` or `3d`. */
export function hoursOrDays(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('d') ? DAY_MS : HOUR_MS)
}

/** Milliseconds that an edit is kept after its end, by what its caller asked for. */
export function retentionMs(asked: string): number {
  return asked === 'none' ? NONE_MS : hoursOrDays(asked)
}

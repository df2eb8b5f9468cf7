/** The `Retry-After` header of other servers' responses. */

/** Seconds from now; null where there is no such header, or none that can be read. */
export function secondsToWait(response: Response): number | null {
  const text = response.headers.get('retry-after') ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  // Date.parse also reads some numbers as dates.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000)
}

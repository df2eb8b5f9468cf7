/** What happened to an edit, and when. */

import { clockText, durationText, money } from '../parts/words.ts'
import { type Edit, isOver } from './status.tsx'

export function TimeLine({ edit }: { readonly edit: Edit }) {
  const { createdAt, endedAt, queue, timings, progress, charged, price, status } = edit
  const all = endedAt === undefined ? null : Date.parse(endedAt) - Date.parse(createdAt)
  const worked = Object.values(timings ?? {}).reduce((sum, one) => sum + one, 0)
  return (
    <ol class="time-line">
      <li>
        <time dateTime={createdAt}>{clockText(createdAt)}</time>
        Accepted; {money(price.amount, price.currency)} held
      </li>
      {queue !== undefined && (
        <li>
          Waiting at place {queue.position}
          {queue.seconds > 0 ? `, about ${durationText(1000 * queue.seconds)} to go` : ''}
        </li>
      )}
      {!isOver(edit) && queue === undefined && (
        <li>
          {status}: step {progress.step} of {progress.steps}
        </li>
      )}
      {timings !== undefined && (
        <li>
          {durationText(worked)} on a worker
          <ul>
            {Object.entries(timings).map(([stage, milliseconds]) => (
              <li key={stage}>
                {stage}: {durationText(milliseconds)}
              </li>
            ))}
          </ul>
        </li>
      )}
      {endedAt !== undefined && all !== null && (
        <li>
          <time dateTime={endedAt}>{clockText(endedAt)}</time>
          {status}, {durationText(all)} after it was accepted;{' '}
          {charged === 0 && price.amount > 0
            ? 'its price was given back'
            : `${money(charged ?? 0, price.currency)} charged`}
        </li>
      )}
    </ol>
  )
}

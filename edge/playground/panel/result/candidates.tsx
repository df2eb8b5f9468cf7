/** The candidates of a run, side by side. */

import type { Result } from '../../run/run.ts'
import { Picture } from './picture.tsx'

export type CandidatesProps = {
  /** All results of the session. */
  readonly results: readonly Result[]
  readonly shown: Result
  readonly show: (result: Result) => void
}

export function Candidates({ results, shown, show }: CandidatesProps) {
  const all = results.filter(
    ({ together }) => together !== undefined && together === shown.together,
  )
  if (all.length < 2) return null
  return (
    <ul class="candidates" aria-label="Candidates">
      {all.map((result, index) => (
        <li key={result.id} style={{ '--ratio': String(result.size.width / result.size.height) }}>
          <button
            type="button"
            aria-label={`Candidate ${index + 1}, seed ${result.seed}`}
            aria-pressed={result === shown}
            onClick={() => show(result)}
          >
            <Picture picture={result.picture} />
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The results of the session as thumbnails. */

import type { Result } from '../../run/run.ts'
import { Picture } from './picture.tsx'

export type StripProps = {
  readonly results: readonly Result[]
  readonly shown: Result | null
  readonly show: (result: Result) => void
}

export function Strip({ results, shown, show }: StripProps) {
  if (results.length === 0) return null
  return (
    <ul class="strip" aria-label="Results">
      {results.map((result, index) => (
        <li key={result.id}>
          <button
            type="button"
            aria-label={`Result ${index + 1}`}
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

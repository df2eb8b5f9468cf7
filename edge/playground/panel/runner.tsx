/** The run: its button, progress, thumbnails and errors. */

import { useState } from 'preact/hooks'
import type { Progress } from '../run/run.ts'
import { Warnings } from './warnings.tsx'

export type RunnerProps = {
  /** Why the edit cannot be run yet; null if it can. */
  readonly missing: string | null
  readonly progress: Progress | null
  readonly problem: string | null
  /** Runs so many candidates. */
  readonly run: (count: number) => void
  readonly cancel: () => void
}

const PHASES: Record<Progress['phase'], string> = {
  sending: 'Sending the photo',
  waiting: 'Waiting for a worker',
  running: 'Editing the photo',
  fetching: 'Downloading the result',
}

/** How many candidates are offered. */
const COUNTS = [1, 2, 4]

export function Runner({ missing, progress, problem, run, cancel }: RunnerProps) {
  const [count, setCount] = useState(1)
  return (
    <div class="runner">
      {progress === null ? (
        <div class="apply">
          <button
            type="button"
            class="primary run"
            disabled={missing !== null}
            onClick={() => run(count)}
          >
            Apply
          </button>
          <select
            aria-label="How many results"
            title="How many results to choose from; each is an edit of its own"
            value={count}
            onChange={({ currentTarget: { value } }) => setCount(Number(value))}
          >
            {COUNTS.map((one) => (
              <option key={one} value={one}>
                × {one}
              </option>
            ))}
          </select>
        </div>
      ) : (
        <button type="button" class="run" onClick={cancel}>
          Cancel
        </button>
      )}
      {progress === null && missing !== null && <p class="hint">{missing}</p>}
      {progress !== null && <Steps progress={progress} />}
      {progress !== null && <Warnings warnings={progress.warnings} />}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

function Steps({ progress: { phase, step, steps, preview } }: { readonly progress: Progress }) {
  const counted = phase === 'running' && steps > 0
  const label = counted ? `${PHASES[phase]}: step ${step} of ${steps}` : PHASES[phase]
  return (
    <div class="steps" role="status">
      <span>{label} …</span>
      <progress aria-label={label} max={Math.max(1, steps)} value={counted ? step : undefined} />
      {preview !== null && <img class="thumbnail" src={preview} alt="The result so far" />}
    </div>
  )
}

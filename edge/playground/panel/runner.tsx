/** The run: its button, progress, thumbnails and errors. */

import type { Progress } from '../run/run.ts'
import { Warnings } from './warnings.tsx'

export type RunnerProps = {
  /** Why the edit cannot be run yet; null if it can. */
  readonly missing: string | null
  readonly progress: Progress | null
  readonly problem: string | null
  readonly run: () => void
  readonly cancel: () => void
}

const PHASES: Record<Progress['phase'], string> = {
  sending: 'Sending the photo',
  waiting: 'Waiting for a worker',
  running: 'Editing the photo',
  fetching: 'Downloading the result',
}

export function Runner({ missing, progress, problem, run, cancel }: RunnerProps) {
  return (
    <div class="runner">
      {progress === null ? (
        <button type="button" class="primary run" disabled={missing !== null} onClick={run}>
          Apply
        </button>
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

/** The run: its button, its steps and thumbnails, and what went wrong. */

import type { Progress } from '../run.ts'

export type RunnerProps = {
  /** Why there is nothing to run yet; null where there is. */
  readonly missing: string | null
  readonly progress: Progress | null
  readonly problem: string | null
  readonly run: () => void
  readonly cancel: () => void
}

const PHASES: Record<Progress['phase'], string> = {
  sending: 'Sending the photo',
  waiting: 'Waiting for a worker',
  running: 'Making the picture',
  fetching: 'Fetching the picture',
}

export function Runner({ missing, progress, problem, run, cancel }: RunnerProps) {
  return (
    <div class="runner">
      {progress === null ? (
        <button type="button" class="primary run" disabled={missing !== null} onClick={run}>
          Run: make the picture
        </button>
      ) : (
        <button type="button" class="run" onClick={cancel}>
          Cancel
        </button>
      )}
      {progress === null && missing !== null && <p class="hint">{missing}</p>}
      {progress !== null && <Steps progress={progress} />}
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
      {preview !== null && <img class="thumbnail" src={preview} alt="What is coming, so far" />}
    </div>
  )
}

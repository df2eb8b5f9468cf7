/** How far a run is. */

import type { Warning } from '../../../shared/edit/warning.ts'

/** Progress of a run. */
export type Progress = {
  readonly phase: 'sending' | 'waiting' | 'running' | 'fetching'
  readonly step: number
  readonly steps: number
  /** Where it waits; null once it has a worker. */
  readonly queue: { readonly position: number; readonly seconds: number } | null
  /** Thumbnail of the picture so far, as a data URL. */
  readonly preview: string | null
  readonly warnings: readonly Warning[]
}

/** How every run begins. */
export const SENDING: Progress = {
  phase: 'sending',
  step: 0,
  steps: 0,
  queue: null,
  preview: null,
  warnings: [],
}

const PHASES: Record<Progress['phase'], string> = {
  sending: 'Sending the photo',
  waiting: 'Waiting for a worker',
  running: 'Editing the photo',
  fetching: 'Downloading the result',
}

/** The same in words. */
export function progressText({ phase, step, steps, queue }: Progress): string {
  const text = PHASES[phase]
  if (phase === 'running' && steps > 0) return `${text}: step ${step} of ${steps}`
  if (phase !== 'waiting' || queue === null) return text
  const wait = queue.seconds >= 1 ? `, about ${Math.round(queue.seconds)} s` : ''
  return `${text}: place ${queue.position} in the queue${wait}`
}

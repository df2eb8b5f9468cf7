import { expect, test } from 'vitest'
import { progressText, SENDING } from '../../../../edge/playground/run/progress.ts'

test.each([
  [{}, 'Sending the photo'],
  [{ phase: 'waiting' }, 'Waiting for a worker'],
  [
    { phase: 'waiting', queue: { position: 3, seconds: 41.6 } },
    'Waiting for a worker: place 3 in the queue, about 42 s',
  ],
  // Nothing was measured yet.
  [
    { phase: 'waiting', queue: { position: 1, seconds: 0 } },
    'Waiting for a worker: place 1 in the queue',
  ],
  [{ phase: 'running', step: 2, steps: 12 }, 'Editing the photo: step 2 of 12'],
  [{ phase: 'fetching', step: 12, steps: 12 }, 'Downloading the result'],
] as const)('%o is said as %s', (change, text) => {
  expect(progressText({ ...SENDING, ...change })).toBe(text)
})

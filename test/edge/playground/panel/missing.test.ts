/** What the page says before a run. */

import { expect, test } from 'vitest'
import { emptyDraft, type Thing } from '../../../../edge/playground/edit/draft.ts'
import { missingOf } from '../../../../edge/playground/panel/missing.ts'

const size = { width: 1024, height: 1024 }
const thing: Thing = { id: 1, add: [], remove: [], mask: null }
const dragged = (dx: number) => ({
  ...emptyDraft,
  options: { model: 'embedded' as const },
  things: [thing],
  drags: [{ handle: { x: 500, y: 500 }, target: { x: 500 + dx, y: 500 } }],
})

test('a drag under half a token cannot be run, and the page says how far to drag', () => {
  // 64 tokens of 16 pixels of the photo.
  expect(missingOf(dragged(8), size, false)).toContain('is 8.1 pixels of the photo')
  expect(missingOf(dragged(8.1), size, false)).toBeNull()
})

test('instant moves single pixels, so that short drags can be run', () => {
  const { options } = emptyDraft
  expect(options.model).toBe('instant')
  expect(missingOf({ ...dragged(1), options }, size, false)).toBeNull()
})

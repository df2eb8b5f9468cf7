/** What the page says before and after a run. */

import { expect, test } from 'vitest'
import { emptyDraft, type Thing } from '../../../../edge/playground/edit/draft.ts'
import { missingOf, warningText } from '../../../../edge/playground/panel/guide.ts'

const size = { width: 1024, height: 1024 }
const thing: Thing = { id: 1, add: [], remove: [], mask: null }
const dragged = (dx: number) => ({
  ...emptyDraft,
  things: [thing],
  drags: [{ handle: { x: 500, y: 500 }, target: { x: 500 + dx, y: 500 } }],
})

test('a drag under half a token cannot be run, and the page says how far to drag', () => {
  // 64 tokens of 16 pixels of the photo.
  expect(missingOf(dragged(8), size, false)).toContain('is 8.1 pixels of the photo')
  expect(missingOf(dragged(8.1), size, false)).toBeNull()
})

test('warnings count drags from 1, and say how much', () => {
  const text = (code: Parameters<typeof warningText>[0]['code']) =>
    warningText({ code, message: 'as the API says it', drag: 1, share: 0.04 })
  expect(text('thin_mask')).toMatch(/^Drag 2: only 4 % .* too thin/)
  expect(text('leaves_image')).toMatch(/^Drag 2: 4 % .* leaves the picture/)
  expect(text('mask_stays')).toContain('4 %')
  expect(text('mask_not_refined')).toContain('SAM')
  expect(text('nothing_moves')).toBe('as the API says it')
})

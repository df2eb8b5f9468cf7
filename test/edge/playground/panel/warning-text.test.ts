import { expect, test } from 'vitest'
import { warningText } from '../../../../edge/playground/panel/warning-text.ts'

test('warnings count drags from 1, and say how much', () => {
  const text = (code: Parameters<typeof warningText>[0]['code']) =>
    warningText({ code, message: 'as the API says it', drag: 1, share: 0.04 })
  expect(text('thin_mask')).toMatch(/^Drag 2: only 4 % .* too thin/)
  expect(text('leaves_image')).toMatch(/^Drag 2: 4 % .* leaves the picture/)
  expect(text('mask_stays')).toContain('4 %')
  expect(text('mask_not_refined')).toContain('SAM')
  expect(text('nothing_moves')).toBe('as the API says it')
})

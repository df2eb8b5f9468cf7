import { expect, test } from 'vitest'
import { editFields } from '../../../../edge/playground/edit/edit-fields.ts'
import { CreateEdit } from '../../../../shared/edit/bodies.ts'

test('the fields are those of the schema', () => {
  expect([...editFields].sort()).toEqual(Object.keys(CreateEdit.shape).sort())
})

/** Only models that a token may use are offered, as far as its text says. */

import { expect, test } from 'vitest'
import { offeredTo } from '../../../../edge/playground/run/offered.ts'
import { freeModels, modelNames } from '../../../../shared/models.ts'

test('a test token is offered the models without a licence, a live one all of them', () => {
  expect(offeredTo('cdc_test_auto_x')).toEqual(freeModels)
  expect(offeredTo('cdc_live_auto_x')).toEqual(modelNames)
})

/** The models that a client token may use. */

import { freeModels, type ModelName, modelNames } from '../../../shared/models.ts'

/** Test tokens may use what needs no licence. A live one may be limited further, which only the API knows. */
export function offeredTo(token: string): readonly ModelName[] {
  return token.startsWith('cdc_test_') ? freeModels : modelNames
}

/** Web Worker that makes the picture of an instant edit. */

import { EditError } from '../../../shared/errors.ts'
import { editInstantly } from '../../../shared/instant/instant.ts'
import type { FromInstant, ToInstant } from './messages.ts'

addEventListener('message', ({ data: { pixels, edit } }: MessageEvent<ToInstant>) => {
  try {
    const picture = editInstantly(pixels, edit)
    postMessage({ picture } satisfies FromInstant, { transfer: [picture.buffer] })
  } catch (error) {
    // The preview says what does not fit.
    if (!(error instanceof EditError)) throw error
    postMessage({ picture: null } satisfies FromInstant)
  }
})

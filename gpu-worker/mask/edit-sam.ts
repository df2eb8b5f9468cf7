/** SAM as edits see it. */

import type { Sam } from '../sam/sam.ts'

/** What edits ask SAM for. */
export type EditSam = Pick<Sam, 'candidates' | 'refine'>

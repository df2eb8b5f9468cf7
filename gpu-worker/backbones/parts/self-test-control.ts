/** The control of every family's self-test: 16 target and 16 reference tokens. */

import type { Control } from '../../sampler/control.ts'

export const selfTestGrid = { rows: 4, cols: 4 }

const first = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Control that is not the identity: one token moved, one hidden, one injected. */
export const selfTestControl: Control = {
  viewTokens: [...first(14), 5],
  viewPositions: [...first(14), 15],
  doubleViewTokens: first(15),
  doubleViewPositions: first(15),
  aloneTokens: [0],
  injectFrom: Int32Array.from({ length: 16 }, (_, i) => (i === 15 ? 5 : 0)),
  injectMask: Float32Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
}

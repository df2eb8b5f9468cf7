/** Bugs of control, simulated through the inputs of a transformer. */

import type { Control } from '../../../../gpu-worker/sampler/control.ts'
import type { DragPlan } from '../../../../shared/geometry/plan.ts'
import { type Form, planOf } from './drags.ts'

const moved = (control: Control, change: (position: number, token: number) => number): Control => ({
  ...control,
  viewPositions: control.viewPositions.map((position, i) => {
    const token = control.viewTokens[i] as number
    return position === token ? position : change(position, token)
  }),
})
const keepPairs = (
  control: Control,
  keep: (token: number, position: number) => boolean,
): Control => {
  const kept = control.viewTokens.map((token, i) => keep(token, control.viewPositions[i] as number))
  return {
    ...control,
    viewTokens: control.viewTokens.filter((_, i) => kept[i]),
    viewPositions: control.viewPositions.filter((_, i) => kept[i]),
  }
}
const transposed = (index: number, { rows, cols }: DragPlan['grid']) =>
  ((index % cols) * rows + Math.floor(index / cols)) % (rows * cols)

/** What is wrong, with which drag and form it shows, and the control that is wrong in this way. */
export const controlBugs: [string, string, Form, (control: Control, plan: DragPlan) => Control][] =
  [
    [
      'x and y swapped in re-encoding',
      'overlap',
      'PRE+OAM',
      (c, { grid }) => moved(c, (q) => (q % grid.cols) * grid.cols + Math.floor(q / grid.cols)),
    ],
    ['re-encoded one token off', 'overlap', 'PRE', (c) => moved(c, (q) => q + 1)],
    [
      'the displacement with the wrong sign',
      'move',
      'PRE+OAM',
      (c) => moved(c, (q, p) => Math.max(0, 2 * p - q)),
    ],
    [
      'OAM missing',
      'move',
      'PRE+OAM',
      (c) => ({
        ...c,
        ...(() => {
          const { view } = planOf('move', 'PRE')
          return { viewTokens: view.tokens, viewPositions: view.positions }
        })(),
      }),
    ],
    [
      'OAM inverted',
      'overlap',
      'PRE+OAM',
      (c, plan) =>
        keepPairs(c, (token) => plan.targets.includes(token) && !plan.sourceMask.includes(token)),
    ],
    [
      'OAM takes all of M_DST',
      'overlap',
      'PRE+OAM',
      (c, plan) => keepPairs(c, (token) => !plan.targets.includes(token)),
    ],
    [
      'CTI with source and destination swapped',
      'overlap',
      'CTI',
      (c, plan) => {
        const injectFrom = new Int32Array(c.injectFrom.length)
        const injectMask = new Float32Array(c.injectMask.length)
        plan.sources.forEach((source, i) => {
          injectFrom[source] = plan.targets[i] as number
          injectMask[source] = 1
        })
        return { ...c, injectFrom, injectMask }
      },
    ],
    [
      'CTI with a transposed index',
      'overlap',
      'CTI',
      (c, { grid }) => ({ ...c, injectFrom: c.injectFrom.map((index) => transposed(index, grid)) }),
    ],
    ['CTI everywhere', 'overlap', 'CTI', (c) => ({ ...c, injectMask: c.injectMask.map(() => 1) })],
    ['CTI missing', 'overlap', 'CTI', (c) => ({ ...c, injectMask: c.injectMask.map(() => 0) })],
  ]

/**
 * Turns a plan into control tensors for the backbone: which reference tokens are seen at which
 * positions, and which are injected. Knows nothing of noise levels or ONNX.
 */

import type { DragPlan } from '../../shared/geometry/plan.ts'

/**
 * Control of a backbone for target tokens I and reference tokens R. All indices are flat token
 * indices.
 */
export type Control = {
  /**
   * Reference tokens that target queries see in single-stream blocks, and the positions of their
   * keys [K].
   */
  readonly viewTokens: readonly number[]
  readonly viewPositions: readonly number[]
  /** The same in double-stream blocks [K2]. */
  readonly doubleViewTokens: readonly number[]
  readonly doubleViewPositions: readonly number[]
  /**
   * Per target token [I]: the index of the injected reference token (arbitrary if none is), and
   * whether one is injected (0 or 1).
   */
  readonly injectFrom: Int32Array
  readonly injectMask: Float32Array
}

/** The control of a plan. */
export function controlOf(plan: DragPlan): Control {
  const count = plan.grid.rows * plan.grid.cols
  const injectFrom = new Int32Array(count)
  const injectMask = new Float32Array(count)
  plan.targets.forEach((target, i) => {
    injectFrom[target] = plan.sources[i] as number
    injectMask[target] = 1
  })
  return {
    viewTokens: plan.view.tokens,
    viewPositions: plan.view.positions,
    doubleViewTokens: plan.doubleView,
    doubleViewPositions: plan.doublePositions ?? plan.doubleView,
    injectFrom,
    injectMask,
  }
}

/** The same injection, with all reference tokens seen at their own positions: no PAA. */
export function withPlainView({ injectFrom, injectMask }: Control): Control {
  return { ...identityControl(injectFrom.length), injectFrom, injectMask }
}

/** Control with no effect: the plain backbone. */
export function identityControl(tokens: number): Control {
  const all = Array.from({ length: tokens }, (_, i) => i)
  return {
    viewTokens: all,
    viewPositions: all,
    doubleViewTokens: all,
    doubleViewPositions: all,
    injectFrom: new Int32Array(tokens),
    injectMask: new Float32Array(tokens),
  }
}

